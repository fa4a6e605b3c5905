import type { Row, RowReader } from '../runtime/index.js';
import { sortedRows } from './sorted-rows.js';
import { type Condition, lowerBounds, rowPredicate } from './where-condition.js';

/** A delegate over an array, that counts what is asked of it. */
export interface InMemoryDelegate extends RowReader {
  /** Arguments of every query so far. */
  readonly queries: readonly FindManyArgs[];
  /** Rows handed out so far. */
  readonly rowsRead: number;
  findMany(args: FindManyArgs): Promise<readonly Row[]>;
  /** Adds rows, also while streams run. */
  insert(...rows: readonly Row[]): void;
  /** Takes away the rows for which the condition holds, also while streams run. */
  remove(condition: (row: Row) => boolean): void;
}

/** The part of Prisma's arguments that streams use. */
export interface FindManyArgs {
  readonly where?: Condition;
  readonly orderBy?: readonly Readonly<Record<string, 'asc' | 'desc'>>[];
  readonly take?: number;
  readonly select?: Readonly<Record<string, boolean>>;
}

/**
 * Stands in for a Prisma delegate, such as `prisma.book`, in tests without a database. It answers what streams ask: `where` with
 * AND, OR, NOT, equality, gt, gte, lt, lte, not, in, contains and startsWith; NULL as in SQL; `orderBy`; `take`; `select`. The rows are kept sorted, as an index keeps
 * them: a hundred thousand of them stream in no time.
 *
 * @throws Error in `findMany`, when a filter is asked for that it does not know.
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
