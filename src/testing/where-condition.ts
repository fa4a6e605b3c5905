import type { Row } from '../runtime/index.js';
import { compareValues } from './compare-values.js';

/** The part of Prisma's `where` that is understood. */
export type Condition = Readonly<Record<string, unknown>>;

type Predicate = (row: Row) => boolean;

/** Reads a condition once, so that a row costs only comparisons. @throws Error for a filter that is not known. */
export function rowPredicate(condition: Condition): Predicate {
  const parts = Object.entries(condition)
    .filter(([, expected]) => expected !== undefined)
    .map(([key, expected]) => part(key, expected));
  return (row) => parts.every((holds) => holds(row));
}

/** For each field the value below which no row can meet the condition: where a walk along an index would begin. */
export function lowerBounds(condition: Condition): ReadonlyMap<string, unknown> {
  const bounds = new Map<string, unknown>();
  const collect = (inner: Condition) => {
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
      const inner = conditionsOf(expected).map(rowPredicate);
      return (row) => inner.every((holds) => holds(row));
    }
    case 'OR': {
      const inner = conditionsOf(expected).map(rowPredicate);
      return (row) => inner.some((holds) => holds(row));
    }
    case 'NOT': {
      const inner = conditionsOf(expected).map(rowPredicate);
      return (row) => !inner.some((holds) => holds(row));
    }
    default: {
      const holds = isFilter(expected)
        ? allOf(Object.entries(expected).map(([operator, operand]) => comparison(operator, operand)))
        : comparison('equals', expected);
      return (row) => holds(row[key]);
    }
  }
}

function comparison(operator: string, operand: unknown): (value: unknown) => boolean {
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
    default:
      throw new Error(`inMemoryDelegate does not know the filter ${operator}`);
  }
}

function allOf<T>(predicates: readonly ((value: T) => boolean)[]): (value: T) => boolean {
  return (value) => predicates.every((holds) => holds(value));
}

function conditionsOf(value: unknown): readonly Condition[] {
  return (Array.isArray(value) ? value : [value]).filter((inner): inner is Condition => inner instanceof Object);
}

/** An object of operators, unlike a value that happens to be an object. */
function isFilter(value: unknown): value is Readonly<Record<string, unknown>> {
  return value instanceof Object && Object.getPrototypeOf(value) === Object.prototype;
}
