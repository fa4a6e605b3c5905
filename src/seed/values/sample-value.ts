import { assertNever } from '../../errors/index.js';
import { type Field, type ScalarType, type SchemaModel, words } from '../../model/index.js';
import type { SqlValue, ValueMaker } from '../rows/sql-value.js';
import { type FieldLimits, fieldLimits } from './field-limits.js';
import type { Random } from './random.js';
import { numberRangeOf } from './sample-number.js';
import { fitText, plainShape, textShapeOf, uuid } from './sample-text.js';

/** One optional value in eight is null. */
const NULL_ONE_IN = 8;
/** A list has up to this many items. */
const MAX_ITEMS = 3;

/** Values for a column that nothing constrains: readable, inside the column's limits, sometimes null where that is allowed. */
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

/** What the database holds for each value of an enum. */
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

/** Dates fall between 2015 and 2025: fixed, so that a seed makes the same rows whenever it is used. */
export const FIRST_DATE = Date.UTC(2015, 0, 1);
const DATE_SPAN_SECONDS = 10 * 365 * 86_400;

function textValue(field: Field, limits: FieldLimits): ValueMaker {
  const special = SPECIAL_TEXTS[limits.nativeType];
  if (special) return (random) => special(random, limits);
  if (holdsUuid(field, limits)) return (random) => uuid(random);
  const shape = textShapeOf(field.name) ?? plainShape;
  return (random) => fitText(shape.make(random), limits);
}

/** A column of uuids, by its type or by its name. */
export function holdsUuid(field: Field, { nativeType, maxLength, fixedLength }: FieldLimits): boolean {
  if (nativeType === 'uuid') return true;
  const byName = /^(id|uuid|guid)$/.test(words(field.name).at(-1) ?? '');
  return byName && (fixedLength ? maxLength === 36 : maxLength >= 36);
}

/** Text columns whose database type accepts only one form. */
const SPECIAL_TEXTS: Readonly<Record<string, (random: Random, limits: FieldLimits) => string>> = {
  inet: (random) => `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`,
  xml: (random) => `<item>${random.below(10_000)}</item>`,
  bit: (random, { maxLength }) => bits(random, maxLength),
  varbit: (random, { maxLength }) => bits(random, Math.min(maxLength, 16)),
};

/** A column whose texts cannot be free: padding it would make it invalid. */
export function isSpecialText({ nativeType, fixedLength }: FieldLimits): boolean {
  return fixedLength || nativeType === 'uuid' || nativeType in SPECIAL_TEXTS;
}

function bits(random: Random, length: number): string {
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
  /** A column without whole digits still has its fractions. */
  const steps = Math.max((top - bottom) * parts + 1, parts);
  return (random) => ((bottom * parts + random.below(steps)) / parts).toFixed(places);
}

function jsonText(random: Random): string {
  return JSON.stringify({ label: plainShape.make(random), count: random.below(100), active: random.below(2) === 1 });
}

function bytesValue({ maxLength, fixedLength }: FieldLimits): ValueMaker {
  const length = fixedLength ? maxLength : Math.min(maxLength, 16);
  return (random): SqlValue => Uint8Array.from({ length }, () => random.below(256));
}
