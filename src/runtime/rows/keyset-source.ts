import { cancelledWith } from '../database/cancel-queries.js';
import type { ChunkRequest, ChunkSource, Row } from './chunk-source.js';
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

/** One column of the order that a stream is read in. */
export interface KeyColumn {
  /** Prisma's field name. */
  readonly field: string;
  /**
   * All values in the database's ascending order, for a column whose type Prisma cannot compare with `gt`: enums and booleans.
   */
  readonly order?: readonly unknown[];
  /** Default `asc`. */
  readonly direction?: 'asc' | 'desc';
  /**
   * Where this order has the rows whose column is NULL: what the database does by itself. PostgreSQL has them last when ascending,
   * SQLite and MySQL first. Left out for a column that is never NULL.
   */
  readonly nulls?: 'first' | 'last';
}

/** The values of a key's columns, by field name: the place of a row in the order. */
export type KeyValues = Readonly<Record<string, unknown>>;

/** The key of a row. */
export function keyOf(row: Row, key: readonly KeyColumn[]): KeyValues {
  return Object.fromEntries(key.map(({ field }) => [field, row[field]]));
}

/**
 * Prisma's `where` for the rows behind a key, as ranges that follow each other. Behind (1, 2) in the order of (a, b) come first
 * `a = 1 AND b > 2`, then `a > 1`: each is one walk along the index, however many rows share a value of `a`. Said at once, with OR,
 * a database would walk all rows of `a = 1` again for every chunk, or sort them.
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
  // The first part alone repeats what the second implies, but is what ends the walk along an index.
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
