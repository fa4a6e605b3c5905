import type { ChunkSource, Row } from './chunk-source.js';
import { type KeyColumn, type KeyValues, keyOf, rowsAfter } from './keyset.js';

/** The part of a Prisma delegate that is read through, such as `prisma.book`. */
export interface RowReader {
  findMany(args: never): PromiseLike<readonly unknown[]>;
}

export interface KeysetSourceOptions {
  /** Such as `prisma.book`. */
  readonly delegate: RowReader;
  /** The total order: unique together, never null, most significant first. */
  readonly key: readonly KeyColumn[];
  /** Prisma's `where`, met by every row. */
  readonly where?: object | undefined;
  /** Prisma's `select`; must hold the key columns. */
  readonly select?: object | undefined;
  /** Prisma's `include`, read once a chunk. */
  readonly include?: object | undefined;
  /** Starts behind the row with this key. */
  readonly after?: KeyValues | undefined;
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
 */
export function keysetSource({ limit = Number.POSITIVE_INFINITY, ...options }: KeysetSourceOptions): ChunkSource {
  return async function* (request) {
    let after = options.after;
    let left = limit;
    while (left > 0 && !request.signal.aborted) {
      const take = Math.min(request.chunkSize, left);
      const chunk = await findMany(options, take, after);
      const last = chunk.at(-1);
      if (last === undefined) return;
      yield chunk;
      if (chunk.length < take) return;
      after = keyOf(last, options.key);
      left -= chunk.length;
    }
  };
}

async function findMany(
  { delegate, key, where, select, include }: KeysetSourceOptions,
  take: number,
  after: KeyValues | undefined,
): Promise<readonly Row[]> {
  const conditions = [where, after && rowsAfter(key, after)].filter((condition) => condition !== undefined);
  const args = {
    ...(conditions.length > 0 ? { where: { AND: conditions } } : {}),
    ...(select ? { select } : {}),
    ...(include ? { include } : {}),
    orderBy: key.map(({ field }) => ({ [field]: 'asc' })),
    take,
  };
  // Every delegate has argument types of its own; this is the one place that knows what they have in common.
  return (await delegate.findMany(args as never)) as readonly Row[];
}
