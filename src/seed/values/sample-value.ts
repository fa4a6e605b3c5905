import { assertNever } from '../../errors/index.js';
import { type Field, type ScalarType, type SchemaModel, words } from '../../model/index.js';
import { type FieldLimits, fieldLimits } from './field-limits.js';
import type { RowRandom } from './random.js';
import { fitText, plainShape, textShapeOf, uuid } from './sample-text.js';
import type { SqlValue, ValueMaker } from './sql-value.js';

/** One optional value in eight is null. */
const NULL_ONE_IN = 8;
/** A list has up to this many items. */
const MAX_ITEMS = 3;

/** Makes values for a column without constraints: readable, within the column's limits, and sometimes null where that is allowed. */
export function sampleValue(field: Field, schema: SchemaModel): ValueMaker {
  const single = singleValue(field, schema);
  if (field.list)
    return (random, index) => Array.from({ length: random.below(MAX_ITEMS + 1) }, () => single(random, index));
  if (!field.optional) return single;
  return (random, index) => (random.below(NULL_ONE_IN) === 0 ? null : single(random, index));
}

function singleValue(field: Field, schema: SchemaModel): ValueMaker {
  if (field.type.kind === 'scalar') return scalarValue(field, field.type.scalar, fieldLimits(field, schema.provider));
  const stored = storedValues(field.type.enum, schema);
  return (random) => random.pick(stored);
}

/** The values of an enum as the database stores them. */
export function storedValues(name: string, { enums }: SchemaModel): readonly string[] {
  return enums.find((candidate) => candidate.name === name)?.values.map(({ stored }) => stored) ?? [];
}

function scalarValue(field: Field, scalar: ScalarType, limits: FieldLimits): ValueMaker {
  switch (scalar) {
    case 'String':
      return textValue(field, limits);
    case 'Boolean':
      return (random) => random.below(2) === 1;
    case 'Int':
      return wholeValue(field, limits);
    case 'BigInt':
      return bigintValue(field, limits);
    case 'Float':
      return floatValue(field);
    case 'Decimal':
      return decimalValue(field, limits);
    case 'DateTime':
      return (random) => new Date(FIRST_DATE + random.below(DATE_SPAN_SECONDS) * 1000);
    case 'Json':
      return (random) => jsonText(random);
    case 'Bytes':
      return bytesValue(limits);
    default:
      return assertNever(scalar);
  }
}

/** Dates are between 2015 and 2025, whatever today's date is, so that a seed always makes the same rows. */
export const FIRST_DATE = Date.UTC(2015, 0, 1);
const DATE_SPAN_SECONDS = 10 * 365 * 86_400;

function textValue(field: Field, limits: FieldLimits): ValueMaker {
  const special = SPECIAL_TEXTS[limits.nativeType];
  if (special) return (random) => special(random, limits);
  if (holdsUuid(field, limits)) return (random) => uuid(random);
  const shape = textShapeOf(field.name) ?? plainShape;
  return (random) => fitText(shape.make(random), limits);
}

/** Whether a column holds UUIDs, by its type or its name. */
export function holdsUuid(field: Field, { nativeType, maxLength, fixedLength }: FieldLimits): boolean {
  if (nativeType === 'uuid') return true;
  const byName = /^(id|uuid|guid)$/.test(words(field.name).at(-1) ?? '');
  return byName && (fixedLength ? maxLength === 36 : maxLength >= 36);
}

/** Texts for column types that accept only one form. */
const SPECIAL_TEXTS: Readonly<Record<string, (random: RowRandom, limits: FieldLimits) => string>> = {
  inet: (random) => `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`,
  xml: (random) => `<item>${random.below(10_000)}</item>`,
  bit: (random, { maxLength }) => bits(random, maxLength),
  varbit: (random, { maxLength }) => bits(random, Math.min(maxLength, 16)),
};

/** Whether the column's type accepts only texts of one form, so that padding would make them invalid. */
export function isSpecialText({ nativeType, fixedLength }: FieldLimits): boolean {
  return fixedLength || nativeType === 'uuid' || nativeType in SPECIAL_TEXTS;
}

function bits(random: RowRandom, length: number): string {
  return Array.from({ length }, () => random.below(2)).join('');
}

function wholeValue(field: Field, { maxWhole, nativeType }: FieldLimits): ValueMaker {
  if (nativeType === 'year') return (random) => 1950 + random.below(75);
  const { min, max } = numberRangeOf(field.name);
  const top = Math.min(max, maxWhole);
  const bottom = Math.min(nativeType.startsWith('unsigned') ? Math.max(min, 0) : min, top);
  return (random) => bottom + random.below(top - bottom + 1);
}

function bigintValue(field: Field, limits: FieldLimits): ValueMaker {
  const whole = wholeValue(field, limits);
  return (random, index) => BigInt(Number(whole(random, index)));
}

function floatValue(field: Field): ValueMaker {
  const { min, max } = numberRangeOf(field.name);
  return (random) => min + random.below((max - min) * 100 + 1) / 100;
}

function decimalValue(field: Field, { wholeDigits, fractionDigits }: FieldLimits): ValueMaker {
  const { min, max } = numberRangeOf(field.name);
  const top = Math.min(max, 10 ** wholeDigits - 1);
  const bottom = Math.max(Math.min(min, top), -top);
  const places = Math.min(fractionDigits, 2);
  const parts = 10 ** places;
  /** A column without digits before the point still has fractions. */
  const steps = Math.max((top - bottom) * parts + 1, parts);
  return (random) => ((bottom * parts + random.below(steps)) / parts).toFixed(places);
}

function jsonText(random: RowRandom): string {
  return JSON.stringify({ label: plainShape.make(random), count: random.below(100), active: random.below(2) === 1 });
}

function bytesValue({ maxLength, fixedLength }: FieldLimits): ValueMaker {
  const length = fixedLength ? maxLength : Math.min(maxLength, 16);
  return (random): SqlValue => Uint8Array.from({ length }, () => random.below(256));
}

/** A range of numbers, including its ends. */
interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** The range for a field's name: a `rating` is 1 to 5, a `year` is a year. Other names have 0 to 9,999. */
function numberRangeOf(fieldName: string): NumberRange {
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
