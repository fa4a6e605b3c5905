import type { ChunkSource, RowReader } from '../runtime/index.js';
import { interceptRow } from './intercept-row.js';

/**
 * Makes a source, or a delegate, fail when it comes to a row, counted from 1.
 *
 * A source delivers the rows before it. Of a delegate the whole query fails that would have brought the row, as with a database.
 *
 * @example
 * const query = failAtRow(3, new Error('disk full'), iterableSource([1, 2, 3, 4]));
 * const got: number[] = [];
 * try {
 *   for await (const message of streamQuery({ query, toMessage: (row) => row })) got.push(message);
 * } catch {}
 * got; // [1, 2]
 */
export function failAtRow<T>(row: number, error: unknown, source: ChunkSource<T>): ChunkSource<T>;
export function failAtRow(row: number, error: unknown, delegate: RowReader): RowReader;
export function failAtRow(row: number, error: unknown, target: ChunkSource<unknown> | RowReader): unknown {
  return interceptRow(row, target, async () => {
    throw error;
  });
}
