import { InternalError, StreamError } from '../../errors/index.js';
import type { ByteWriter } from './byte-writer.js';
import type { ModelField, NestedRow } from './model-field.js';
import { enumEncoder, scalarEncoder, type ValueEncoder } from './value-encoders.js';

/** Writes a row's fields, without a frame or a length around them. */
export type RowEncoder<R> = (writer: ByteWriter, row: R) => void;

/**
 * Makes the encoder of a message: the same bytes as ts-proto's `encode`, straight from the row that Prisma returns.
 * What can be known of a field is worked out here, once, and not for every row.
 */
export function rowEncoder(fields: readonly ModelField[]): RowEncoder<Readonly<Record<string, unknown>>> {
  const names = fields.map(({ name }) => name);
  const writers = fields.map(fieldWriter);
  return (writer, row) => {
    for (let index = 0; index < names.length; index++) {
      (writers[index] as FieldWriter)(writer, row[names[index] as string]);
    }
  };
}

/**
 * The same message from a row as the driver returns it, an array in the order of the fields: values are read and written one by
 * one, and no row object is ever made.
 */
export function rawRowEncoder(fields: readonly ModelField[]): RowEncoder<readonly unknown[]> {
  const readers = fields.map(rawReader);
  // The driver tells JSON's null from NULL, which never gets as far as a writer; Prisma's client returns null for both.
  const writers = fields.map((field) => fieldWriter(field.type === 'Json' ? { ...field, optional: false } : field));
  return (writer, row) => {
    for (let index = 0; index < writers.length; index++) {
      const value = row[index];
      if (value !== null) (writers[index] as FieldWriter)(writer, (readers[index] as ReadRaw)(value));
    }
  };
}

type FieldWriter = (writer: ByteWriter, value: unknown) => void;

function fieldWriter(field: ModelField): FieldWriter {
  const encoder = encoderOf(field);
  if (field.list) return listWriter(field.number, encoder);
  const tag = (field.number << 3) | encoder.wireType;
  const putTag = tag < 128 ? byteTag(tag) : wideTag(tag);
  if (field.optional) {
    return (writer, value) => {
      if (value === null || value === undefined) return;
      putTag(writer);
      encoder.write(writer, value);
    };
  }
  // In a Json column that is never NULL, null can only be JSON's own, which is a value.
  const isAbsent = field.type === 'Json' ? isUndefined : isNullish;
  return (writer, value) => {
    if (isAbsent(value) || encoder.isDefault(value)) return;
    putTag(writer);
    encoder.write(writer, value);
  };
}

function encoderOf({ type, values = {}, native, row, name }: ModelField): ValueEncoder {
  if (type === 'enum') return enumEncoder(values);
  if (type !== 'row') return scalarEncoder(type, native);
  if (row) return nestedEncoder(row);
  throw new InternalError(`${name} is a row of no model`);
}

/** A row inside another: its fields behind their length. */
function nestedEncoder({ encode }: NestedRow): ValueEncoder {
  return {
    wireType: 2,
    isDefault: () => false,
    write: (writer, value) => {
      const start = writer.open();
      encode(writer, Object(value));
      writer.close(start);
    },
  };
}

const isUndefined = (value: unknown) => value === undefined;
const isNullish = (value: unknown) => value === undefined || value === null;

const byteTag = (tag: number) => (writer: ByteWriter) => writer.byte(tag);
const wideTag = (tag: number) => (writer: ByteWriter) => writer.uint32(tag);

/** Numbers are packed into one value, as proto3 does by default; texts, bytes and messages follow each other. */
function listWriter(number: number, encoder: ValueEncoder): FieldWriter {
  const tag = (number << 3) | 2;
  if (encoder.wireType === 2) {
    return (writer, value) => {
      for (const item of itemsOf(value)) {
        writer.uint32(tag);
        encoder.write(writer, item);
      }
    };
  }
  return (writer, value) => {
    const items = itemsOf(value);
    if (items.length === 0) return;
    writer.uint32(tag);
    const start = writer.open();
    for (const item of items) encoder.write(writer, item);
    writer.close(start);
  };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Makes of a driver's value what the encoder takes: the same as Prisma's client would, or something that encodes to the same bytes. */
export type ReadRaw = (value: unknown) => unknown;

/** The reader of one field's values; lists read each item. */
export function rawReader(field: ModelField): ReadRaw {
  // A row inside another never comes from a driver: such a model is read through Prisma's client.
  if (field.type === 'row') return (value) => unreadable('no row', value);
  const read = field.type === 'enum' ? storedEnum(field) : scalars[field.type];
  if (!field.list) return read;
  return (value) => (Array.isArray(value) ? value.map(read) : unreadable('a list', value));
}

/** An enum's value is stored under its `@map` name, where it has one. */
function storedEnum({ values = {}, stored = {} }: ModelField): ReadRaw {
  const names = new Map(Object.keys(values).map((name) => [stored[name] ?? name, name]));
  return (value) => names.get(String(value)) ?? unreadable('a known enum value', value);
}

const scalars = {
  String: (value: unknown) => (typeof value === 'string' ? value : unreadable('a string', value)),
  Int: (value: unknown) => {
    const number = typeof value === 'string' ? Number(value) : value;
    return typeof number === 'number' ? Math.trunc(number) : unreadable('an integer', value);
  },
  BigInt: (value: unknown) => {
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    return typeof value === 'string' ? BigInt(value) : unreadable('an integer', value);
  },
  Float: (value: unknown) => {
    if (typeof value === 'number') return value;
    return typeof value === 'string' ? Number(value) : unreadable('a number', value);
  },
  Boolean: (value: unknown) => {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') return value === 1;
    return typeof value === 'string' ? /^(true|TRUE|1)$/.test(value) : unreadable('a boolean', value);
  },
  Decimal: (value: unknown) => {
    if (typeof value === 'string' || typeof value === 'number') return plainDecimal(String(value));
    return unreadable('a decimal', value);
  },
  DateTime: (value: unknown) => {
    if (typeof value === 'number') return value;
    if (value instanceof Date) return value.getTime();
    return typeof value === 'string' ? utcMilliseconds(value) : unreadable('a date', value);
  },
  // A JSON scalar that looks like a number comes back from SQLite as one.
  Json: (value: unknown) => (typeof value === 'object' ? value : JSON.parse(String(value))),
  Bytes: (value: unknown) => {
    if (value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return Uint8Array.from(value);
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
    return typeof value === 'string' && value.startsWith('\\x')
      ? Buffer.from(value.slice(2), 'hex')
      : unreadable('bytes', value);
  },
};

/** A decimal as Prisma's Decimal prints it: no exponent, no zeros that say nothing. */
export function plainDecimal(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const left = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const right = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const plain = [left.replace(/^0+(?=\d)/, ''), right.replace(/0+$/, '')].filter((part) => part !== '').join('.');
  return sign === '-' ? `-${plain}` : plain;
}

const WITH_ZONE = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/;
const TIME_ONLY = /^\d{2}:\d{2}/;

/** What databases call a date, a time, or both, without a zone means UTC. */
export function utcMilliseconds(text: string): number {
  if (TIME_ONLY.test(text)) return utcMilliseconds(`1970-01-01T${text}`);
  if (!/\d{2}:\d{2}:\d{2}/.test(text)) return Date.parse(`${text}T00:00:00Z`);
  const stamp = text.replace(' ', 'T');
  if (!WITH_ZONE.test(stamp)) return Date.parse(`${stamp}Z`);
  return Date.parse(/[+-]\d{2}$/.test(stamp) ? `${stamp}:00` : stamp);
}

function unreadable(expected: string, value: unknown): never {
  throw new StreamError(
    'stream.unreadable',
    `the database returned ${value === null ? 'null' : typeof value} where ${expected} was expected`,
    {
      status: 'INTERNAL',
      phase: 'database',
    },
  );
}
