import { cancelledWith } from '../database/query-signal.js';
import type { ChunkRequest, ChunkSource, Row } from './chunk-source.js';
import { type KeyColumn, type KeyValues, keyOf, orderByOf, rangesAfter, rowsUpTo } from './keyset.js';
import { readAgain } from './retry-chunk.js';

/** The part of a Prisma delegate that is read through, such as `prisma.book`. */
export interface RowReader {
  findMany(args: never): PromiseLike<readonly unknown[]>;
}

export interface KeysetSourceOptions {
  /** Such as `prisma.book`. */
  readonly delegate: RowReader;
  /** The total order: unique together, most significant first. */
  readonly key: readonly KeyColumn[];
  /** Prisma's `where`, met by every row. */
  readonly where?: object | undefined;
  /** Prisma's `select`; must hold the key columns. */
  readonly select?: object | undefined;
  /** Prisma's `include`, read once a chunk. */
  readonly include?: object | undefined;
  /** Starts behind the row with this key. */
  readonly after?: KeyValues | undefined;
  /** Ends with the row that has this key; for a key that is never NULL. */
  readonly upTo?: KeyValues | undefined;
  /** Most rows in all. Default: all. */
  readonly limit?: number | undefined;
}

/**
 * Reads a table in the order of a key, each chunk starting behind the last row of the one before: however deep into the table,
 * a chunk costs the same, and rows that come or go elsewhere shift nothing. It never skips, and never uses Prisma's `cursor`,
 * which reads the whole rest of the table when the order is not a single unique column.
 *
 * A stream is not a point in time: a row whose key changes meanwhile may come twice or not at all.
 *
 * @example
 * const source = keysetSource({ delegate: prisma.book, key: [{ field: 'id' }], where: { inPrint: true } });
 *
 * @example
 * // The latest first; `id` makes the order total.
 * const key = [{ field: 'createdAt', direction: 'desc' }, { field: 'id', direction: 'desc' }] as const;
 * const source = keysetSource({ delegate: prisma.book, key });
 */
export function keysetSource({ limit = Number.POSITIVE_INFINITY, ...options }: KeysetSourceOptions): ChunkSource {
  const { key } = options;
  return async function* (request) {
    let { after } = options;
    let left = limit;
    while (left > 0 && !request.signal.aborted) {
      const take = Math.min(request.chunkSize, left);
      const chunk = await readChunk(options, take, after, request);
      const last = chunk.at(-1);
      if (last === undefined) return;
      yield chunk;
      if (chunk.length < take) return;
      after = keyOf(last, key);
      left -= chunk.length;
    }
  };
}

/** Reads range after range until the chunk is full, or nothing is left: most chunks lie within the first range or two. */
async function readChunk(
  options: KeysetSourceOptions,
  take: number,
  after: KeyValues | undefined,
  request: ChunkRequest,
): Promise<readonly Row[]> {
  let chunk: readonly Row[] = [];
  for (const range of after ? rangesAfter(options.key, after) : [undefined]) {
    const left = take - chunk.length;
    const rows = await readAgain(() => cancellably(request, () => findMany(options, left, range)), request);
    chunk = chunk.length === 0 ? rows : [...chunk, ...rows];
    if (chunk.length >= take || request.signal.aborted) break;
  }
  return chunk;
}

/** A transaction has its signal from its beginning: the client gathers what is asked within several, and asks it at once. */
function cancellably<T>({ signal, retry = true }: ChunkRequest, ask: () => Promise<T>): Promise<T> {
  return retry ? cancelledWith(signal, ask) : ask();
}

async function findMany(
  { delegate, key, where, upTo, select, include }: KeysetSourceOptions,
  take: number,
  range: object | undefined,
): Promise<readonly Row[]> {
  // Where a chunk begins comes first: of two lower bounds SQLite walks from the one that it is told first, and of a filter's from the start.
  const conditions = [range, upTo && rowsUpTo(key, upTo), where].filter((condition) => condition !== undefined);
  const args = {
    ...(conditions.length > 0 ? { where: { AND: conditions } } : {}),
    ...(select ? { select } : {}),
    ...(include ? { include } : {}),
    orderBy: orderByOf(key),
    take,
  };
  // Every delegate has argument types of its own; this is the one place that knows what they have in common.
  return (await delegate.findMany(args as never)) as readonly Row[];
}
