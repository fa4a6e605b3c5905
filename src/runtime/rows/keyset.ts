import type { Row } from './chunk-source.js';

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
