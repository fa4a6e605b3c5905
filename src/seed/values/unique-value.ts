import { assertNever } from '../../errors/index.js';
import type { DatabaseProvider, Field, ScalarType, SchemaModel } from '../../model/index.js';
import { type FieldLimits, fieldLimits } from './field-limits.js';
import { mix } from './random.js';
import { fitText, plainShape, textShapeOf, uuid } from './sample-text.js';
import { FIRST_DATE, holdsUuid, isSpecialText, storedValues } from './sample-value.js';
import type { ValueMaker } from './sql-value.js';

/** Values that differ for every index from 0 up to `capacity`. */
interface UniqueValues {
  readonly capacity: number;
  readonly make: ValueMaker;
}

/**
 * Makes values for a column that differ in every row.
 *
 * @example
 * const { make } = uniqueValues(email, schema);
 * make(random, 7); // 'ada.quinn.7@example.com'
 */
export function uniqueValues(field: Field, schema: SchemaModel): UniqueValues {
  const { capacity, make } = singleValues(field, schema);
  return { capacity, make: field.list ? (random, index) => [make(random, index)] : make };
}

function singleValues(field: Field, schema: SchemaModel): UniqueValues {
  if (field.type.kind === 'scalar') return scalarValues(field, field.type.scalar, schema.provider);
  const stored = storedValues(field.type.enum, schema);
  return { capacity: stored.length, make: (_random, index) => stored[index] ?? null };
}

function scalarValues(field: Field, scalar: ScalarType, provider: DatabaseProvider): UniqueValues {
  const limits = fieldLimits(field, provider);
  switch (scalar) {
    case 'String':
      return texts(field, limits);
    case 'Boolean':
      return { capacity: 2, make: (_random, index) => index === 1 };
    case 'Int':
      return wholes(limits);
    case 'BigInt':
      return { capacity: limits.maxWhole, make: (_random, index) => BigInt(index + 1) };
    case 'Float':
      /** A 4-byte float can represent every whole number up to here. */
      return { capacity: 2 ** 24, make: (_random, index) => index + 1 };
    case 'Decimal':
      return decimals(limits);
    case 'DateTime':
      return dates(limits);
    case 'Json':
      return { capacity: Number.MAX_SAFE_INTEGER, make: (_random, index) => JSON.stringify({ number: index + 1 }) };
    case 'Bytes':
      return bytes(limits);
    default:
      return assertNever(scalar);
  }
}

function wholes({ maxWhole, nativeType }: FieldLimits): UniqueValues {
  const first = nativeType === 'year' ? 1901 : 1;
  return { capacity: maxWhole, make: (_random, index) => index + first };
}

/** Codes are digits and lower-case letters, so that they differ even where the database ignores case. */
const CODE_RADIX = 36;

function texts(field: Field, limits: FieldLimits): UniqueValues {
  const { nativeType, maxLength } = limits;
  if (holdsUuid(field, limits)) return { capacity: 2 ** 32, make: (random, index) => uuid(random, mix(index + 1)) };
  if (nativeType === 'inet') return { capacity: 2 ** 24, make: (_random, index) => inet(index) };
  if (nativeType === 'bit' || nativeType === 'varbit') return bitTexts(Math.min(maxLength, 32));
  const shape = textShapeOf(field.name) ?? plainShape;
  const longestCode = 8;
  if (!isSpecialText(limits) && maxLength >= shape.length + longestCode + 1) {
    return { capacity: CODE_RADIX ** longestCode, make: (random, index) => shape.make(random, codeOf(index)) };
  }
  return {
    capacity: CODE_RADIX ** Math.min(maxLength, 10),
    make: (_random, index) =>
      limits.fixedLength ? codeOf(index).padStart(maxLength, '0') : fitText(codeOf(index), limits),
  };
}

function codeOf(index: number): string {
  return index.toString(CODE_RADIX);
}

function inet(index: number): string {
  return `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
}

function bitTexts(length: number): UniqueValues {
  return { capacity: 2 ** length, make: (_random, index) => index.toString(2).padStart(length, '0') };
}

/** Counts in units of the last digit that the column keeps: `0.01`, `0.02`, … */
function decimals({ wholeDigits, fractionDigits }: FieldLimits): UniqueValues {
  return {
    capacity: 10 ** Math.min(wholeDigits + fractionDigits, 15) - 1,
    make: (_random, index) => {
      const digits = String(index + 1).padStart(fractionDigits + 1, '0');
      if (fractionDigits === 0) return digits;
      return `${digits.slice(0, -fractionDigits)}.${digits.slice(-fractionDigits)}`;
    },
  };
}

/** Dates in steps that the column can store: days or seconds. */
function dates({ nativeType }: FieldLimits): UniqueValues {
  const isDate = nativeType === 'date';
  const isTime = nativeType === 'time' || nativeType === 'timetz';
  const stepMs = isDate ? 86_400_000 : 1000;
  /** A day has 86,400 seconds; dates end before the year 9999. */
  const capacity = isTime ? 86_400 : isDate ? 2_900_000 : 250_000_000_000;
  return { capacity, make: (_random, index) => new Date(FIRST_DATE + index * stepMs) };
}

function bytes({ maxLength, fixedLength }: FieldLimits): UniqueValues {
  const length = fixedLength ? maxLength : Math.min(maxLength, 8);
  const used = Math.min(length, 6);
  return {
    capacity: 2 ** (8 * used),
    make: (_random, index) => {
      const value = Buffer.alloc(length);
      value.writeUIntBE(index, length - used, used);
      return value;
    },
  };
}
