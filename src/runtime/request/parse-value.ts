import { assertNever } from '../../errors/index.js';
import {
  type DatabaseProvider,
  dateToTimestamp,
  FIRST_SECOND,
  isUnsigned,
  LAST_SECOND,
  screamingSnakeCase,
} from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';
import { invalidField } from './bad-request.js';

/**
 * Converts a value of a request to the value that Prisma takes for a field. Refuses every value that would make the database fail.
 *
 * @param path The value's path in the request, such as `after.id`.
 * @throws StreamError INVALID_ARGUMENT
 */
export function parseValue(field: ModelField, value: unknown, path: string): unknown {
  const { type } = field;
  switch (type) {
    case 'enum':
      return enumName(value, field) ?? refuse(path, 'is not a known value');
    case 'String':
      return parseText(field, value, path);
    case 'Int':
      return parseInteger(field, value, path);
    case 'BigInt':
      return typeof value === 'bigint' ? value : refuse(path, 'must be an integer');
    case 'Float':
      return parseNumber(field, value, path);
    case 'Boolean':
      return typeof value === 'boolean' ? value : refuse(path, 'must be true or false');
    case 'Decimal':
      if (typeof value === 'string' && value.length <= MAX_DECIMAL_DIGITS && DECIMAL.test(value)) return value;
      return refuse(path, `must be a decimal such as -12.50, of at most ${MAX_DECIMAL_DIGITS} digits`);
    case 'DateTime':
      return parseTime(value, path);
    case 'Bytes':
      return value instanceof Uint8Array ? value : refuse(path, 'must be bytes');
    case 'Json':
      return refuse(path, 'is JSON, which cannot be compared');
    case 'row':
      return refuse(path, 'is a row of another model, which cannot be compared');
    default:
      return assertNever(type);
  }
}

/**
 * Converts a value of a position, which a row had: the order of a stream may have fields that filters do not.
 *
 * @throws StreamError INVALID_ARGUMENT
 */
export function parsePlaceValue(
  field: ModelField,
  value: unknown,
  path: string,
  provider: DatabaseProvider | undefined,
): unknown {
  const isEndless = field.type === 'Float' && typeof value === 'number' && !Number.isFinite(value);
  const isZeroText = field.type === 'String' && typeof value === 'string' && HOLDS_ZERO_BYTES.has(provider);
  return isEndless || isZeroText ? value : parseValue(field, value, path);
}

/** Databases whose texts may hold a zero byte. */
const HOLDS_ZERO_BYTES: ReadonlySet<DatabaseProvider | undefined> = new Set(['sqlite', 'mysql']);

/** A `Real` has four bytes: PostgreSQL refuses a number that they cannot hold, and would compare with another one. */
const REAL = /^(Real|Float4)$/;

function parseNumber({ native = '' }: ModelField, value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(path, 'must be a finite number');
  return fitsReal(native, value)
    ? value
    : refuse(path, 'must be 0 or a number from 1.4e-45 to 3.4e38, or the negative of one');
}

function fitsReal(native: string, value: number): boolean {
  const single = Math.fround(value);
  return !REAL.test(native) || (Number.isFinite(single) && (single !== 0 || value === 0));
}

/** More than the widest column of Prisma has: `Decimal(65, 30)`. */
const MAX_DECIMAL_DIGITS = 100;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i;

function parseText({ native }: ModelField, value: unknown, path: string): string {
  if (typeof value !== 'string') return refuse(path, 'must be a text');
  // PostgreSQL has no text with a zero byte, and fails on a query with one.
  if (value.includes('\0')) return refuse(path, 'must not hold a zero byte');
  if (native === 'Uuid' && !UUID.test(value)) return refuse(path, 'must be a UUID');
  return value;
}

/** Integers of less than 32 bits: a database refuses numbers that do not fit the column. */
const BITS: Readonly<Record<string, number>> = { TinyInt: 8, SmallInt: 16, Int2: 16, MediumInt: 24 };

function parseInteger({ native = '' }: ModelField, value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return refuse(path, 'must be an integer');
  const half = 2 ** ((BITS[native] ?? 32) - 1);
  const [least, most] = isUnsigned(native) ? [0, 2 * half - 1] : [-half, half - 1];
  return value >= least && value <= most ? value : refuse(path, `must be from ${least} to ${most}`);
}

/** The years of a Timestamp; every database has these. */
function parseTime(value: unknown, path: string): Date {
  const isTime = value instanceof Date && !Number.isNaN(value.getTime());
  const { seconds } = isTime ? dateToTimestamp(value) : { seconds: Number.NaN };
  return isTime && seconds >= FIRST_SECOND && seconds <= LAST_SECOND
    ? value
    : refuse(path, 'must be a time from the year 1 to 9999');
}

/** ts-proto spells an enum's value as the proto does, with the enum's name before it. */
function enumName(value: unknown, { values = {}, prefix, apiNames = {} }: ModelField): string | undefined {
  const names = Object.keys(values);
  if (prefix === undefined) return longestEnd(value, names);
  const spelled = (name: string) => (Object.hasOwn(apiNames, name) ? apiNames[name] : screamingSnakeCase(name));
  return names.find((name) => value === name || value === `${prefix}${spelled(name)}`);
}

/**
 * Code of an earlier version does not say what the names begin with. `ORDER_STATUS_NOT_ACTIVE` ends with `ACTIVE` and with `NOT_ACTIVE`: the
 * longest is the right one.
 */
function longestEnd(value: unknown, names: readonly string[]): string | undefined {
  const [found] = names
    .filter((name) => value === name || (typeof value === 'string' && value.endsWith(`_${screamingSnakeCase(name)}`)))
    .sort((a, b) => screamingSnakeCase(b).length - screamingSnakeCase(a).length);
  return found;
}

function refuse(path: string, problem: string): never {
  throw invalidField(path, problem);
}
