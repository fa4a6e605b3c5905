import type { Row } from './chunk-source.js';

/** One column of the order that a stream is read in. */
export interface KeyColumn {
  /** Prisma's field name. */
  readonly field: string;
  /**
   * All values in the database's order, for a column whose type Prisma cannot compare with `gt`: enums and booleans.
   */
  readonly order?: readonly unknown[];
}

/** The values of a key's columns, by field name: the place of a row in the order. */
export type KeyValues = Readonly<Record<string, unknown>>;

/** The key of a row. */
export function keyOf(row: Row, key: readonly KeyColumn[]): KeyValues {
  return Object.fromEntries(key.map(({ field }) => [field, row[field]]));
}

/**
 * Prisma's `where` for the rows behind a key. For (a, b) it says `a >= x AND (a > x OR (a = x AND b > y))`: the first part
 * alone repeats what the second implies, but is what lets a database walk its index from there.
 */
export function rowsAfter(key: readonly KeyColumn[], values: KeyValues): object {
  const [first, ...rest] = key;
  if (first === undefined) return {};
  const greater = isGreater(first, values);
  if (rest.length === 0) return greater;
  const equal = { [first.field]: values[first.field] };
  return { AND: [isAtLeast(first, values), { OR: [greater, { AND: [equal, rowsAfter(rest, values)] }] }] };
}

function isGreater({ field, order }: KeyColumn, values: KeyValues): object {
  const value = values[field];
  return order ? isOneOf(field, order.slice(order.indexOf(value) + 1)) : { [field]: { gt: value } };
}

function isAtLeast({ field, order }: KeyColumn, values: KeyValues): object {
  const value = values[field];
  return order ? isOneOf(field, order.slice(order.indexOf(value))) : { [field]: { gte: value } };
}

/** Prisma has no `in` for booleans; an empty OR holds for no row. */
function isOneOf(field: string, values: readonly unknown[]): object {
  return { OR: values.map((value) => ({ [field]: value })) };
}
