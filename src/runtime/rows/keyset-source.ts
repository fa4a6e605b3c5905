import { cancelledWith } from '../database/cancel-queries.js';
import type { ChunkRequest, ChunkSource, Row } from './chunk-source.js';
import { readAgain } from './retry-chunk.js';

/** The part of a Prisma delegate that reads rows, such as `prisma.book`. */
export interface RowReader {
  findMany(args: never): PromiseLike<readonly unknown[]>;
}

export interface KeysetSourceOptions {
  /** Such as `prisma.book`. */
  readonly delegate: RowReader;
  /** The total order: columns that are unique together, most significant first. */
  readonly key: readonly KeyColumn[];
  /** Prisma's `where`: only these rows are read. */
  readonly where?: object | undefined;
  /** Prisma's `select`; must hold the key columns. */
  readonly select?: object | undefined;
  /** Prisma's `include`, which is read once for each chunk. */
  readonly include?: object | undefined;
  /** Starts after the row with this key. */
  readonly after?: KeyValues | undefined;
  /** Ends with the row that has this key; for a key that is never NULL. */
  readonly upTo?: KeyValues | undefined;
  /** The most rows in total. Default: all. */
  readonly limit?: number | undefined;
}

/**
 * Reads a table in the order of a key. Each chunk starts after the last row of the one before, so a chunk costs the same anywhere in the
 * table, and inserted or deleted rows elsewhere change nothing. It uses neither `skip` nor Prisma's `cursor`, which reads the whole rest of
 * the table when the order is not a single unique column.
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
 *
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

/** Reads one range after the other until the chunk is full or no range is left: most chunks lie within the first range or two. */
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

/** A transaction got its signal when it began: the client may batch the queries of several transactions. */
export function cancellably<T>({ signal, retry = true }: ChunkRequest, ask: () => Promise<T>): Promise<T> {
  return retry ? cancelledWith(signal, ask) : ask();
}

async function findMany(
  { delegate, key, where, upTo, select, include }: KeysetSourceOptions,
  take: number,
  range: object | undefined,
): Promise<readonly Row[]> {
  // The start of the chunk stands first: of two lower bounds, SQLite uses the first for its index.
  const conditions = [range, upTo && rowsUpTo(key, upTo), where].filter((condition) => condition !== undefined);
  const args = {
    ...(conditions.length > 0 ? { where: { AND: conditions } } : {}),
    ...(select ? { select } : {}),
    ...(include ? { include } : {}),
    orderBy: orderByOf(key),
    take,
  };
  // Every delegate has its own argument types; this is the one place that knows what they share.
  return (await delegate.findMany(args as never)) as readonly Row[];
}

/** One column of the order that a stream is read in. */
export interface KeyColumn {
  /** Prisma's field name. */
  readonly field: string;
  /** All values in the database's ascending order, for a column whose type Prisma cannot compare with `gt`: an enum or a boolean. */
  readonly order?: readonly unknown[];
  /** Default `asc`. */
  readonly direction?: 'asc' | 'desc';
  /**
   * The position of rows whose column is NULL, as the database sorts them: in PostgreSQL last when ascending, in SQLite and MySQL first.
   * Undefined for a column that is never NULL.
   */
  readonly nulls?: 'first' | 'last';
}

/** The values of a key's columns, by field name: the position of a row in the order. */
export type KeyValues = Readonly<Record<string, unknown>>;

/** The key of a row. */
export function keyOf(row: Row, key: readonly KeyColumn[]): KeyValues {
  return Object.fromEntries(key.map(({ field }) => [field, row[field]]));
}

/**
 * Prisma's `where` for the rows after a key, as consecutive ranges. After (1, 2) in the order of (a, b), the first range is `a = 1 AND b >
 * 2`, the second `a > 1`: each is one walk along the index, however many rows share a value of `a`. With one condition joined by OR, a
 * database would read all rows of `a = 1` again for every chunk, or sort them.
 */
export function rangesAfter(key: readonly KeyColumn[], values: KeyValues): object[] {
  return key
    .map((column, depth) => {
      const tied = key.slice(0, depth).map(({ field }) => ({ [field]: values[field] }));
      return valuesBehind(column, values).map((behind) => (tied.length > 0 ? { AND: [...tied, behind] } : behind));
    })
    .reverse()
    .flat();
}

/** Prisma's `where` for the rows up to a key and that row itself. The columns must never be NULL. */
export function rowsUpTo(key: readonly KeyColumn[], values: KeyValues): object {
  const [first, ...rest] = key;
  if (first === undefined) return {};
  const { field } = first;
  const before = valuesBehind(reversed(first), values);
  const same = { [field]: values[field] };
  if (rest.length === 0) return { OR: [...before, same] };
  // The second part implies the first, but the first ends the walk along an index.
  return { AND: [{ OR: [...before, same] }, { OR: [...before, { AND: [same, rowsUpTo(rest, values)] }] }] };
}

/** Prisma's `orderBy`. */
export function orderByOf(key: readonly KeyColumn[]): object[] {
  return key.map(({ field, direction = 'asc' }) => ({ [field]: direction }));
}

function valuesBehind({ field, order, direction = 'asc', nulls }: KeyColumn, values: KeyValues): object[] {
  const value = values[field];
  if (value === null) return nulls === 'first' ? [{ NOT: { [field]: null } }] : [];
  const rest = nulls === 'last' ? [{ [field]: null }] : [];
  if (!order) return [{ [field]: { [direction === 'asc' ? 'gt' : 'lt']: value } }, ...rest];
  const inOrder = direction === 'asc' ? order : [...order].reverse();
  return [...inOrder.slice(inOrder.indexOf(value) + 1).map((later) => ({ [field]: later })), ...rest];
}

function reversed(column: KeyColumn): KeyColumn {
  return { ...column, direction: column.direction === 'desc' ? 'asc' : 'desc' };
}
