import type { Row, RowReader } from '../runtime/index.js';
import { compareValues, lowerBounds, type PrismaWhere, rowPredicate } from './where-condition.js';

/** A delegate over an array, which counts its queries and rows. */
export interface InMemoryDelegate extends RowReader {
  /** Arguments of every query so far. */
  readonly queries: readonly FindManyArgs[];
  /** Rows handed out so far. */
  readonly rowsRead: number;
  findMany(args: FindManyArgs): Promise<readonly Row[]>;
  /** Adds rows, also while streams run. */
  insert(...rows: readonly Row[]): void;
  /** Removes the rows for which the condition holds, also while streams run. */
  remove(condition: (row: Row) => boolean): void;
}

/** The part of Prisma's arguments that streams use. */
export interface FindManyArgs {
  readonly where?: PrismaWhere;
  readonly orderBy?: readonly Readonly<Record<string, 'asc' | 'desc'>>[];
  readonly take?: number;
  readonly select?: Readonly<Record<string, boolean>>;
}

/**
 * Replaces a Prisma delegate, such as `prisma.book`, in tests without a database. It understands what streams ask: `where` with AND, OR,
 * NOT, equality, gt, gte, lt, lte, not, in, contains and startsWith; NULL as in SQL; `orderBy`; `take`; `select`. The rows are kept
 * sorted, as in an index, so that large tables stream fast.
 *
 * @throws Error in `findMany`, for a filter that it does not know.
 *
 * @example
 * const book = inMemoryDelegate([{ id: 1, title: 'Emma' }, { id: 2, title: 'Persuasion' }]);
 * const found = await book.findMany({ where: { id: { gt: 1 } }, orderBy: [{ id: 'asc' }], take: 10 });
 * found; // [{ id: 2, title: 'Persuasion' }]
 * book.queries.length; // 1
 */
export function inMemoryDelegate(rows: readonly Row[]): InMemoryDelegate {
  const table = sortedRows(rows);
  const queries: FindManyArgs[] = [];
  let rowsRead = 0;
  return {
    queries,
    get rowsRead() {
      return rowsRead;
    },
    async findMany(args) {
      queries.push(args);
      const { where = {}, orderBy = [], take = Number.POSITIVE_INFINITY, select } = args;
      const holds = rowPredicate(where);
      const found: Row[] = [];
      for (const row of table.inOrder(orderBy, lowerBounds(where))) {
        if (found.length >= take) break;
        if (holds(row)) found.push(select ? pick(row, select) : row);
      }
      rowsRead += found.length;
      return found;
    },
    insert: (...added) => table.insert(added),
    remove: (condition) => table.remove(condition),
  };
}

function pick(row: Row, select: Readonly<Record<string, boolean>>): Row {
  return Object.fromEntries(Object.entries(row).filter(([key]) => select[key]));
}

type OrderBy = readonly Readonly<Record<string, 'asc' | 'desc'>>[];

/** Rows, sorted once for each order that is asked for, as in an index. */
interface SortedRows {
  /** The rows in an order, from the first that is not below the bound of the order's first column. */
  inOrder(orderBy: OrderBy, bounds: ReadonlyMap<string, unknown>): Iterable<Row>;
  insert(rows: readonly Row[]): void;
  remove(condition: (row: Row) => boolean): void;
}

function sortedRows(initial: readonly Row[]): SortedRows {
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
