import type { Row, RowReader } from '../runtime/index.js';

/** A delegate over an array, that counts what is asked of it. */
export interface InMemoryDelegate extends RowReader {
  /** Arguments of every query so far. */
  readonly queries: readonly FindManyArgs[];
  /** Rows handed out so far. */
  readonly rowsRead: number;
  findMany(args: FindManyArgs): Promise<readonly Row[]>;
}

/** The part of Prisma's arguments that streams use. */
export interface FindManyArgs {
  readonly where?: Condition;
  readonly orderBy?: readonly Readonly<Record<string, 'asc' | 'desc'>>[];
  readonly take?: number;
  readonly select?: Readonly<Record<string, boolean>>;
}

type Condition = Readonly<Record<string, unknown>>;

/**
 * Stands in for a Prisma delegate, such as `prisma.book`, in tests without a database. It answers what streams ask: `where` with
 * AND, OR, equality, gt, gte, lt, lte and in; `orderBy`; `take`; `select`.
 *
 * @example
 * const book = inMemoryDelegate([{ id: 1, title: 'Emma' }, { id: 2, title: 'Persuasion' }]);
 * const services = createServices({ prisma: { book } });
 */
export function inMemoryDelegate(rows: readonly Row[]): InMemoryDelegate {
  const queries: FindManyArgs[] = [];
  let rowsRead = 0;
  return {
    queries,
    get rowsRead() {
      return rowsRead;
    },
    async findMany(args) {
      queries.push(args);
      const { where = {}, orderBy = [], take = rows.length, select } = args;
      const found = rows
        .filter((row) => holds(where, row))
        .sort(byOrder(orderBy))
        .slice(0, take);
      rowsRead += found.length;
      return select ? found.map((row) => pick(row, select)) : found;
    },
  };
}

function holds(condition: Condition, row: Row): boolean {
  return Object.entries(condition).every(([key, expected]) => {
    if (key === 'AND') return conditionsOf(expected).every((inner) => holds(inner, row));
    if (key === 'OR') return conditionsOf(expected).some((inner) => holds(inner, row));
    return matches(row[key], expected);
  });
}

function conditionsOf(value: unknown): readonly Condition[] {
  return (Array.isArray(value) ? value : [value]).filter((inner): inner is Condition => inner instanceof Object);
}

function matches(value: unknown, expected: unknown): boolean {
  if (!(expected instanceof Object) || expected instanceof Date) return compare(value, expected) === 0;
  return Object.entries(expected).every(([operator, operand]) => {
    switch (operator) {
      case 'equals':
        return compare(value, operand) === 0;
      case 'in':
        return Array.isArray(operand) && operand.some((item) => compare(value, item) === 0);
      case 'gt':
        return compare(value, operand) > 0;
      case 'gte':
        return compare(value, operand) >= 0;
      case 'lt':
        return compare(value, operand) < 0;
      case 'lte':
        return compare(value, operand) <= 0;
      default:
        throw new Error(`inMemoryDelegate does not know the filter ${operator}`);
    }
  });
}

function byOrder(orderBy: NonNullable<FindManyArgs['orderBy']>): (a: Row, b: Row) => number {
  const columns = orderBy.flatMap((entry) => Object.entries(entry));
  return (a, b) => {
    for (const [field, direction] of columns) {
      const order = compare(a[field], b[field]);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  };
}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [comparable(a), comparable(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function comparable(value: unknown): number | bigint | string {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' || typeof value === 'bigint' ? value : String(value);
}

function pick(row: Row, select: Readonly<Record<string, boolean>>): Row {
  return Object.fromEntries(Object.entries(row).filter(([key]) => select[key]));
}
