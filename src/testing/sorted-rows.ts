import type { Row } from '../runtime/index.js';
import { compareValues } from './compare-values.js';

type OrderBy = readonly Readonly<Record<string, 'asc' | 'desc'>>[];

/** Rows, sorted once for every order that is asked for, as indexes are. */
export interface SortedRows {
  /** The rows in an order, from the first that is not below the bound of the order's first column. */
  inOrder(orderBy: OrderBy, bounds: ReadonlyMap<string, unknown>): Iterable<Row>;
  insert(rows: readonly Row[]): void;
  remove(condition: (row: Row) => boolean): void;
}

export function sortedRows(initial: readonly Row[]): SortedRows {
  let rows = [...initial];
  const indexes = new Map<string, Row[]>();

  const indexFor = (orderBy: OrderBy) => {
    const name = JSON.stringify(orderBy);
    const known = indexes.get(name);
    if (known) return known;
    const sorted = [...rows].sort(byOrder(orderBy));
    indexes.set(name, sorted);
    return sorted;
  };

  return {
    *inOrder(orderBy, bounds) {
      const sorted = indexFor(orderBy);
      const [first] = orderBy.flatMap((entry) => Object.entries(entry));
      const start =
        first?.[1] === 'asc' && bounds.has(first[0]) ? firstAtLeast(sorted, first[0], bounds.get(first[0])) : 0;
      for (let index = start; index < sorted.length; index++) yield sorted[index] as Row;
    },
    insert(added) {
      rows = [...rows, ...added];
      indexes.clear();
    },
    remove(condition) {
      rows = rows.filter((row) => !condition(row));
      indexes.clear();
    },
  };
}

function firstAtLeast(sorted: readonly Row[], field: string, bound: unknown): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareValues(sorted[middle]?.[field], bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byOrder(orderBy: OrderBy): (a: Row, b: Row) => number {
  const columns = orderBy.flatMap((entry) => Object.entries(entry));
  return (a, b) => {
    for (const [field, direction] of columns) {
      const order = compareValues(a[field], b[field]);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  };
}
