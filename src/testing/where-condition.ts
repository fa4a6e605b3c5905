import type { Row } from '../runtime/index.js';

/** The part of Prisma's `where` that is understood. */
export type PrismaWhere = Readonly<Record<string, unknown>>;

/** As in SQL, a condition can be neither true nor false: it is `null` when a NULL was compared with something. */
type Truth = boolean | null;
type Predicate = (row: Row) => Truth;

/** Parses a condition once, so that a row costs only comparisons. @throws Error for a filter that is not known. */
export function rowPredicate(condition: PrismaWhere): (row: Row) => boolean {
  const holds = predicate(condition);
  return (row) => holds(row) === true;
}

function predicate(condition: PrismaWhere): Predicate {
  const parts = Object.entries(condition)
    .filter(([, expected]) => expected !== undefined)
    .map(([key, expected]) => part(key, expected));
  return (row) => every(parts, row);
}

/** For each field, the value below which no row can meet the condition: where reading an index can begin. */
export function lowerBounds(condition: PrismaWhere): ReadonlyMap<string, unknown> {
  const bounds = new Map<string, unknown>();
  const collect = (inner: PrismaWhere) => {
    for (const [key, expected] of Object.entries(inner)) {
      if (key === 'AND') for (const each of conditionsOf(expected)) collect(each);
      else if (isFilter(expected)) {
        for (const bound of [expected.gt, expected.gte, expected.equals]) {
          if (bound === undefined) continue;
          if (!bounds.has(key) || compareValues(bound, bounds.get(key)) > 0) bounds.set(key, bound);
        }
      }
    }
  };
  collect(condition);
  return bounds;
}

function part(key: string, expected: unknown): Predicate {
  switch (key) {
    case 'AND': {
      const inner = conditionsOf(expected).map(predicate);
      return (row) => every(inner, row);
    }
    case 'OR': {
      const inner = conditionsOf(expected).map(predicate);
      return (row) => negated(every(inner.map(not), row));
    }
    case 'NOT': {
      const inner = conditionsOf(expected).map(predicate);
      return (row) => every(inner.map(not), row);
    }
    default: {
      const parts = isFilter(expected)
        ? Object.entries(expected).map(([operator, operand]) => comparison(operator, operand))
        : [comparison('equals', expected)];
      return (row) => every(parts, row[key]);
    }
  }
}

function comparison(operator: string, operand: unknown): (value: unknown) => Truth {
  if (operand === null && operator === 'equals') return isNull;
  if (operand === null && operator === 'not') return (value) => !isNull(value);
  const holds = comparisonOfValues(operator, operand);
  return (value) => (isNull(value) ? null : holds(value));
}

function comparisonOfValues(operator: string, operand: unknown): (value: unknown) => boolean {
  switch (operator) {
    case 'equals':
      return (value) => compareValues(value, operand) === 0;
    case 'not':
      return (value) => compareValues(value, operand) !== 0;
    case 'in':
      return (value) => Array.isArray(operand) && operand.some((item) => compareValues(value, item) === 0);
    case 'gt':
      return (value) => compareValues(value, operand) > 0;
    case 'gte':
      return (value) => compareValues(value, operand) >= 0;
    case 'lt':
      return (value) => compareValues(value, operand) < 0;
    case 'lte':
      return (value) => compareValues(value, operand) <= 0;
    case 'contains':
      return (value) => String(value).includes(String(operand));
    case 'startsWith':
      return (value) => String(value).startsWith(String(operand));
    default:
      throw new Error(`inMemoryDelegate does not know the filter ${operator}`);
  }
}

/** False as soon as one part is; true when all are. */
function every<T>(parts: readonly ((value: T) => Truth)[], value: T): Truth {
  let result: Truth = true;
  for (const part of parts) {
    const truth = part(value);
    if (truth === false) return false;
    if (truth === null) result = null;
  }
  return result;
}

function not(predicate: Predicate): Predicate {
  return (row) => negated(predicate(row));
}

function negated(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

function conditionsOf(value: unknown): readonly PrismaWhere[] {
  return (Array.isArray(value) ? value : [value]).filter((inner): inner is PrismaWhere => inner instanceof Object);
}

/** An object of operators, not a value that is an object. */
function isFilter(value: unknown): value is Readonly<Record<string, unknown>> {
  return value instanceof Object && Object.getPrototypeOf(value) === Object.prototype;
}

/** Orders two values of one column as SQLite does: NULL first, dates by time, false before true, texts by their code units. */
export function compareValues(a: unknown, b: unknown): number {
  if (isNull(a) || isNull(b)) return Number(isNull(b)) - Number(isNull(a));
  const [left, right] = [comparable(a), comparable(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A field that a row does not have counts as NULL. */
function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function comparable(value: unknown): number | bigint | string {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' || typeof value === 'bigint' ? value : String(value);
}
