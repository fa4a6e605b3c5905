import type { SourceBytes } from '../encode/byte-writer.js';
import { encodeJsonValue, parseJson, plainDecimal } from '../encode/json-value.js';
import type { ModelField } from '../encode/model-field.js';
import { omitNull } from '../encode/row-encoder.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import {
  double,
  float,
  INTEGERS,
  integer,
  longInteger,
  Oid,
  ofSize,
  type PgFieldWriter,
  postgresBoolean,
  type ValueReader,
} from './postgres-numbers.js';
import { TIMES } from './postgres-times.js';
import { namesByStoredValue } from './sql-dialect.js';

/** How the values of one column are read. */
export interface PgValueReader {
  readonly write: PgFieldWriter;
  /** What Prisma's client would return. */
  toClient(from: SourceBytes, at: number, length: number): unknown;
}

/**
 * The reader of a field's column; undefined where the column's type in the database does not fit the field.
 *
 * @param isText Whether the column is sent as text.
 */
export function pgValueReader(field: ModelField, dataType: number, isText: boolean): PgValueReader | undefined {
  if (field.list) return listReader(field);
  const value = isText ? textReader(field, dataType) : binaryReader(field, dataType);
  return value && scalarReader(field, value);
}

function scalarReader(field: ModelField, value: ValueReader): PgValueReader {
  return {
    write: value.fieldWriter?.(field) ?? fieldWriter(field, value),
    toClient: (from, at, length) => value.toClient(from, at, length),
  };
}

function fieldWriter({ number, optional = false }: ModelField, value: ValueReader): PgFieldWriter {
  const tag = (number << 3) | value.wireType;
  return (writer, from, at, length) => {
    if (length < 0) return omitNull(optional);
    if (!optional && value.isDefault(from, at, length)) return;
    writer.uint32(tag);
    value.write(writer, from, at, length);
  };
}

/** Elements come in the binary format; their type comes once, before all of them. */
function listReader(field: ModelField): PgValueReader {
  const tag = (field.number << 3) | 2;
  const readers = new Map<number, ValueReader>();
  const readerOf = (dataType: number) => {
    const known = readers.get(dataType) ?? binaryReader(field, dataType);
    if (!known) throw new UnreadableValue(`holds a list of elements of another type (OID ${dataType})`);
    readers.set(dataType, known);
    return known;
  };
  return {
    write(writer, from, at, length) {
      if (length < 0) return;
      const elements = elementsOf(from, at, length);
      if (elements.places.length === 0) return;
      const reader = readerOf(elements.dataType);
      if (reader.wireType === 2) {
        for (const { start, size } of elements.places) {
          writer.uint32(tag);
          reader.write(writer, from, start, size);
        }
        return;
      }
      writer.uint32(tag);
      const packed = writer.open();
      for (const { start, size } of elements.places) reader.write(writer, from, start, size);
      writer.close(packed);
    },
    toClient(from, at, length) {
      const { dataType, places } = elementsOf(from, at, length);
      return places.map(({ start, size }) => readerOf(dataType).toClient(from, start, size));
    },
  };
}

interface Elements {
  readonly dataType: number;
  readonly places: readonly { readonly start: number; readonly size: number }[];
}

/** @see array_send in PostgreSQL's src/backend/utils/adt/arrayfuncs.c */
function elementsOf(from: SourceBytes, at: number, length: number): Elements {
  const end = at + length;
  const dimensions = length < 12 ? -1 : from.view.getInt32(at);
  if (dimensions === 0 && length === 12) return { dataType: 0, places: [] };
  if (dimensions !== 1 || length < 20) throw new UnreadableValue('holds a list of more than one dimension');
  const dataType = from.view.getUint32(at + 8);
  const count = from.view.getUint32(at + 12);
  const places: { start: number; size: number }[] = [];
  let next = at + 20;
  for (let element = 0; element < count; element++) {
    const size = next + 4 <= end ? from.view.getInt32(next) : end;
    if (size < 0) throw new UnreadableValue('holds a list with a NULL in it, which a message cannot hold');
    places.push({ start: next + 4, size });
    next += 4 + size;
    if (next > end) break;
  }
  if (next !== end) throw new UnreadableValue('holds an incomplete list');
  return { dataType, places };
}

/** Values that are sent as text: what the database prints, whatever the column's type. */
function textReader(field: ModelField, dataType: number): ValueReader | undefined {
  switch (field.type) {
    case 'String':
      return text;
    case 'enum':
      return enumReader(field);
    case 'Decimal':
      return dataType === Oid.numeric
        ? decimal((from, at, length) => from.bytes.toString('latin1', at, at + length))
        : undefined;
    case 'Json':
      return dataType === Oid.json || dataType === Oid.jsonb ? json(0) : undefined;
    default:
      return undefined;
  }
}

function binaryReader(field: ModelField, dataType: number): ValueReader | undefined {
  switch (field.type) {
    case 'String':
      return dataType === Oid.uuid ? uuid : text;
    case 'enum':
      return enumReader(field);
    case 'Decimal':
      return dataType === Oid.numeric ? decimal(numericText) : undefined;
    case 'Json':
      // The binary form of `jsonb` begins with a version.
      return dataType === Oid.json ? json(0) : dataType === Oid.jsonb ? json(1) : undefined;
    case 'Int':
      return integer(field, INTEGERS[dataType]);
    case 'BigInt':
      return longInteger(INTEGERS[dataType]);
    case 'Float':
      return dataType === Oid.float8 ? double : dataType === Oid.float4 ? float : undefined;
    case 'Boolean':
      return dataType === Oid.bool ? postgresBoolean : undefined;
    case 'Bytes':
      return dataType === Oid.bytea ? bytes : undefined;
    case 'DateTime':
      return TIMES[dataType];
    default:
      return undefined;
  }
}

const never = () => false;
const isEmpty = (_: SourceBytes, __: number, length: number) => length === 0;

const text: ValueReader = {
  wireType: 2,
  fieldWriter: ({ number, optional = false }) => {
    const tag = (number << 3) | 2;
    return (writer, from, at, length) => {
      if (length < 0) return omitNull(optional);
      if (length === 0 && !optional) return;
      writer.uint32(tag);
      writer.copy(from, at, length);
    };
  },
  isDefault: isEmpty,
  write: (writer, from, at, length) => writer.copy(from, at, length),
  toClient: (from, at, length) => from.bytes.toString('utf8', at, at + length),
};

const bytes: ValueReader = {
  ...text,
  toClient: (from, at, length) => Uint8Array.from(from.bytes.subarray(at, at + length)),
};

const uuidText = ofSize(16, (from, at) =>
  from.bytes.toString('hex', at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
);

const uuid: ValueReader = {
  wireType: 2,
  isDefault: never,
  write: (writer, from, at, length) => writer.string(uuidText(from, at, length)),
  toClient: uuidText,
};

function enumReader(field: ModelField): ValueReader {
  const names = namesByStoredValue(field);
  const nameOf = (from: SourceBytes, at: number, length: number) =>
    names.get(from.bytes.toString('utf8', at, at + length)) ?? notInEnum();
  const labels = [...names].map(([label, name]) => ({ bytes: Buffer.from(label), number: field.values?.[name] ?? 0 }));
  const numberOf = (from: SourceBytes, at: number, length: number) => {
    for (const { bytes, number } of labels) if (bytes.length === length && isAt(bytes, from, at)) return number;
    return notInEnum();
  };
  return {
    wireType: 0,
    fieldWriter: ({ number, optional = false }) => {
      const tag = (number << 3) | 0;
      return (writer, from, at, length) => {
        if (length < 0) return omitNull(optional);
        const value = numberOf(from, at, length);
        writer.uint32(tag);
        writer.int32(value);
      };
    },
    isDefault: never,
    write: (writer, from, at, length) => writer.int32(numberOf(from, at, length)),
    toClient: nameOf,
  };
}

/** A loop: for so few bytes, `Buffer.compare` takes three times as long. */
function isAt(bytes: Buffer, { view }: SourceBytes, at: number): boolean {
  for (let index = 0; index < bytes.length; index++) if (view.getUint8(at + index) !== bytes[index]) return false;
  return true;
}

function notInEnum(): never {
  throw new UnreadableValue('holds a value that is not in its enum');
}

function decimal(digitsOf: (from: SourceBytes, at: number, length: number) => string): ValueReader {
  const plain = (from: SourceBytes, at: number, length: number) => {
    const digits = digitsOf(from, at, length);
    if (!/^-?\d+(\.\d+)?$/.test(digits)) throw new UnreadableValue('holds a decimal that is not a number');
    return plainDecimal(digits);
  };
  return {
    wireType: 2,
    isDefault: never,
    write: (writer, from, at, length) => writer.string(plain(from, at, length)),
    toClient: plain,
  };
}

/** @see numeric_send in PostgreSQL's src/backend/utils/adt/numeric.c: digits of four decimal places, the first worth 10000^weight. */
function numericText(from: SourceBytes, at: number, length: number): string {
  const count = length < 8 ? -1 : from.view.getInt16(at);
  const sign = length < 8 ? 0 : from.view.getUint16(at + 4);
  if (count < 0 || length !== 8 + 2 * count || (sign !== 0 && sign !== 0x4000)) return 'NaN';
  const weight = from.view.getInt16(at + 2);
  const groups = Array.from({ length: count }, (_, index) => from.view.getInt16(at + 8 + 2 * index));
  if (groups.some((group) => group < 0 || group > 9999)) return 'NaN';
  const text = groups.map((group) => String(group).padStart(4, '0')).join('');
  const exponent = 4 * (weight + 1 - count);
  const plain = plainDecimal(`${text === '' ? '0' : text}e${exponent}`);
  return sign === 0 ? plain : `-${plain}`;
}

function json(versionBytes: number): ValueReader {
  const parse = (from: SourceBytes, at: number, length: number) =>
    parseJson(from.bytes.toString('utf8', at + versionBytes, at + length));
  return {
    wireType: 2,
    isDefault: never,
    write(writer, from, at, length) {
      const start = writer.open();
      encodeJsonValue(writer, parse(from, at, length));
      writer.close(start);
    },
    toClient: parse,
  };
}
