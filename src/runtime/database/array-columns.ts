import { InternalError } from '../../errors/index.js';
import { isUnsigned, timestampToDate } from '../../model/index.js';
import { InstantText } from '../encode/instant-text.js';
import { parseJson, plainDecimal } from '../encode/json-value.js';
import type { ModelField } from '../encode/model-field.js';
import { type FieldWriter, omitNull, storedFieldWriter } from '../encode/row-encoder.js';
import { UnreadableValue, unexpected } from '../encode/unreadable-value.js';
import {
  enumEncoder,
  int32Of,
  numberOf,
  scalarEncoder,
  textOf,
  type ValueEncoder,
  writeTimestamp,
} from '../encode/value-encoders.js';
import { namesByStoredValue } from './sql-dialect.js';

/** How the values of a column are read that the driver of SQLite or of MySQL returns. */
export interface ArrayColumn {
  readonly write: FieldWriter;
  /** What Prisma's client would return. */
  toClient(value: unknown): unknown;
}

/** A column of SQLite may hold values of any type, whatever type it was declared with: each value is checked. */
export function arrayColumn(field: ModelField): ArrayColumn {
  const { type, native } = field;
  switch (type) {
    case 'enum':
      return enumColumn(field);
    case 'Int':
      return isUnsigned(native)
        ? converted(field, scalarEncoder('Int', native), smallNumber)
        : { write: int32Writer(field), toClient: smallNumber };
    case 'BigInt':
      return {
        write: storedFieldWriter(field, scalarEncoder('BigInt', native)),
        toClient: (value) => BigInt(wholeNumber(value)),
      };
    case 'Boolean':
      return { write: truthWriter(field), toClient: truth };
    case 'Float':
      return { write: doubleWriter(field), toClient: exactNumber };
    case 'Decimal':
      return converted(field, scalarEncoder('Decimal'), decimalDigits);
    case 'DateTime':
      return { write: instantWriter(field), toClient: date };
    case 'Json':
      return converted(field, scalarEncoder('Json'), jsonValue);
    case 'String':
      return { write: textWriter(field), toClient: (value) => value };
    case 'Bytes':
      return { write: storedFieldWriter(field, scalarEncoder('Bytes')), toClient: (value) => value };
    default:
      throw new InternalError(`${field.name} is a row, which SQL of ours does not read`);
  }
}

/** Converts a driver's value, once a row, to the value that an encoder of Prisma's values takes. */
function converted(field: ModelField, encoder: ValueEncoder, toClient: (value: unknown) => unknown): ArrayColumn {
  return { write: storedFieldWriter(field, encoder, toClient), toClient };
}

function enumColumn(field: ModelField): ArrayColumn {
  const names = namesByStoredValue(field);
  const byStored = new Map([...names].map(([stored, name]) => [stored, field.values?.[name] ?? 0]));
  const write = storedFieldWriter(field, enumEncoder(byStored));
  return { write, toClient: (value) => names.get(String(value)) ?? notInEnum() };
}

function notInEnum(): never {
  throw new UnreadableValue('holds a value that is not in its enum');
}

// The writers of the types that most columns have do the same, and each has a text of its own: V8 compiles a closure by the types that its
// text has seen. Over one text for all of them, a row took a third longer to encode.

function int32Writer({ number, optional = false }: ModelField): FieldWriter {
  const tag = (number << 3) | 0;
  return (writer, value) => {
    if (value === null) return omitNull(optional);
    const whole = int32Of(smallNumber(value));
    if (whole === 0 && !optional) return;
    writer.uint32(tag);
    writer.int32(whole);
  };
}

function textWriter({ number, optional = false }: ModelField): FieldWriter {
  const tag = (number << 3) | 2;
  return (writer, value) => {
    if (value === null) return omitNull(optional);
    const text = textOf(value);
    if (text === '' && !optional) return;
    writer.uint32(tag);
    writer.string(text);
  };
}

function truthWriter({ number, optional = false }: ModelField): FieldWriter {
  const tag = (number << 3) | 0;
  return (writer, value) => {
    if (value === null) return omitNull(optional);
    const isTrue = truth(value);
    if (!isTrue && !optional) return;
    writer.uint32(tag);
    writer.byte(isTrue ? 1 : 0);
  };
}

function doubleWriter({ number, optional = false }: ModelField): FieldWriter {
  const tag = (number << 3) | 1;
  return (writer, value) => {
    if (value === null) return omitNull(optional);
    const double = numberOf(exactNumber(value));
    // -0 is a value of its own.
    if (Object.is(double, 0) && !optional) return;
    writer.uint32(tag);
    writer.double(double);
  };
}

function instantWriter({ number, optional = false }: ModelField): FieldWriter {
  const tag = (number << 3) | 2;
  return (writer, value) => {
    if (value === null) return omitNull(optional);
    readInstant(value);
    writer.uint32(tag);
    writeTimestamp(writer, instant.seconds, instant.nanos);
  };
}

/** With bigints in another column of the row, the driver returns this one as a bigint too. */
function smallNumber(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function wholeNumber(value: unknown): bigint | number {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
  throw unexpected(value, 'an integer');
}

/** Other tools may write words; a filter does not find them, and SQLite does not sort them among the numbers. */
function truth(value: unknown): boolean {
  if (value === 1 || value === 1n) return true;
  if (value === 0 || value === 0n) return false;
  throw unexpected(value, '0 or 1');
}

function exactNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  if (BigInt(number) === value) return number;
  throw new UnreadableValue('holds an integer of more digits than a double keeps');
}

function decimalDigits(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return plainDecimal(text);
  throw unexpected(value, 'a decimal');
}

/** A column of JSON has the affinity of numbers: JSON that is a number alone comes back as one. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || typeof value === 'bigint') return parseJson(String(value));
  throw unexpected(value, 'JSON');
}

const instant = new InstantText();

function date(value: unknown): Date {
  readInstant(value);
  return timestampToDate({ seconds: BigInt(instant.seconds), nanos: instant.nanos });
}

/** Text of any form, or milliseconds since 1970. */
function readInstant(value: unknown): void {
  if (typeof value === 'string') {
    if (instant.read(value)) return;
    throw new UnreadableValue('holds a text that is not a date');
  }
  const milliseconds = typeof value === 'bigint' ? Number(value) : value;
  if (typeof milliseconds !== 'number' || !Number.isSafeInteger(milliseconds)) throw unexpected(value, 'a date');
  instant.seconds = Math.floor(milliseconds / 1000);
  instant.nanos = (milliseconds - instant.seconds * 1000) * 1_000_000;
}
