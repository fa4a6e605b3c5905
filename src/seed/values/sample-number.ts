import { words } from '../../model/index.js';

/** The values that a numeric field's name makes one expect, ends included. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** A `rating` is 1 to 5, a `year` is a year; a name that says nothing gets 0 to 9,999. */
export function numberRangeOf(fieldName: string): NumberRange {
  const last = words(fieldName).at(-1) ?? '';
  return ranges.find(({ names }) => names.has(last)) ?? { min: 0, max: 9999 };
}

const ranges: readonly (NumberRange & { readonly names: ReadonlySet<string> })[] = [
  range('price amount cost total balance fee salary', 1, 999),
  range('rating score stars grade', 1, 5),
  range('age', 18, 90),
  range('year', 1950, 2024),
  range('month', 1, 12),
  range('day', 1, 28),
  range('percent percentage discount progress', 0, 100),
  range('latitude lat', -90, 89),
  range('longitude lng lon', -180, 179),
  range('pages', 40, 1200),
  range('quantity count stock size length duration', 0, 1000),
  range('sold views visits downloads bytes', 0, 9_999_999),
];

function range(names: string, min: number, max: number) {
  return { names: new Set(names.split(' ')), min, max };
}
