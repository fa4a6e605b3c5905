import type { ChunkSource, Row } from './chunk-source.js';

/**
 * The rows of a source as a hook changes them, without those that it hides. A chunk of which nothing is left is a chunk still: it
 * shows that the database answers.
 *
 * @param kept Fields that keep their values whatever the hook returns: a stream goes on behind them.
 */
export function mapSource(source: ChunkSource, mapRow: (row: Row) => Row | null, kept: readonly string[]): ChunkSource {
  return async function* (request) {
    for await (const chunk of source(request)) yield chunk.flatMap((row) => keeping(row, mapRow(row), kept));
  };
}

function keeping(row: Row, changed: Row | null, kept: readonly string[]): Row[] {
  if (changed === null) return [];
  return [{ ...changed, ...Object.fromEntries(kept.map((field) => [field, row[field]])) }];
}
