import type { ChunkSource } from '../rows/chunk-source.js';
import { nextTurn } from './next-turn.js';

/** Keys remembered a part: so many that no part is more than a few per cent larger than another. */
const SAMPLES_PER_PART = 32;

export interface SplitKeysOptions<R> {
  /** Reads the key columns of every row, in the key's order. */
  readonly source: ChunkSource<R>;
  readonly parts: number;
  readonly chunkSize: number;
  readonly signal: AbortSignal;
  /** Told of every chunk. */
  readonly onChunk?: () => void;
}

/**
 * Walks a table's keys, and finds those that split it into parts of like size. Only every so many is remembered, and fewer as the
 * table turns out to be longer: neither its size nor its keys need to be known beforehand.
 *
 * @returns The last row of every part but the last; fewer when there are fewer rows than parts.
 */
export async function splitKeys<R>({ source, parts, chunkSize, signal, onChunk }: SplitKeysOptions<R>): Promise<R[]> {
  let samples: R[] = [];
  let stride = 1;
  let count = 0;
  for await (const chunk of source({ chunkSize, signal })) {
    onChunk?.();
    for (const row of chunk) {
      if (++count % stride !== 0) continue;
      samples.push(row);
      if (samples.length < 2 * parts * SAMPLES_PER_PART) continue;
      samples = samples.filter((_, index) => index % 2 === 1);
      stride *= 2;
    }
    await nextTurn(signal);
    signal.throwIfAborted();
  }
  return bounds(samples, parts, count / stride);
}

/** The samples nearest to each part's end; the table's last row is none, since what comes behind it belongs to the last part. */
function bounds<R>(samples: readonly R[], parts: number, length: number): R[] {
  const places = Array.from({ length: parts - 1 }, (_, part) => Math.round(((part + 1) * length) / parts) - 1);
  return [...new Set(places)].filter((place) => place >= 0 && place < length - 1).map((place) => samples[place] as R);
}
