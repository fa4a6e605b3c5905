import { timestampToDate } from '../../model/index.js';
import type { ByteWriter } from '../encode/byte-writer.js';
import { encodeJsonValue, parseJson, plainDecimal } from '../encode/json-value.js';
import type { ModelField } from '../encode/model-field.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import { writeTimestamp } from '../encode/value-encoders.js';
import {
  double,
  float,
  INTEGERS,
  integer,
  longAt,
  longInteger,
  Oid,
  ofSize,
  postgresBoolean,
  type ValueReader,
} from './postgres-numbers.js';
import { namesByStoredValue } from './sql-dialect.js';

/** Reads the values of one column from the bytes that PostgreSQL sends, straight into a message. */
export interface PgValueReader {
  /** Writes the field with its tag; a length below zero is NULL. */
  encode(writer: ByteWriter, from: Buffer, at: number, length: number): void;
  /** What Prisma's client would return. */
  toClient(from: Buffer, at: number, length: number): unknown;
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

function scalarReader({ number, optional }: ModelField, value: ValueReader): PgValueReader {
  const tag = (number << 3) | value.wireType;
  return {
    encode(writer, from, at, length) {
      if (length < 0) {
        if (optional) return;
        throw new UnreadableValue('is NULL, which its schema does not allow');
      }
      if (!optional && value.isDefault(from, at, length)) return;
      writer.uint32(tag);
      value.write(writer, from, at, length);
    },
    toClient: (from, at, length) => value.toClient(from, at, length),
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
    encode(writer, from, at, length) {
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
function elementsOf(from: Buffer, at: number, length: number): Elements {
  const end = at + length;
  const dimensions = length < 12 ? -1 : from.readInt32BE(at);
  if (dimensions === 0 && length === 12) return { dataType: 0, places: [] };
  if (dimensions !== 1 || length < 20) throw new UnreadableValue('holds a list of more than one dimension');
  const dataType = from.readUInt32BE(at + 8);
  const count = from.readUInt32BE(at + 12);
  const places: { start: number; size: number }[] = [];
  let next = at + 20;
  for (let element = 0; element < count; element++) {
    const size = next + 4 <= end ? from.readInt32BE(next) : end;
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
        ? decimal((from, at, length) => from.toString('latin1', at, at + length))
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
const isEmpty = (_: Buffer, __: number, length: number) => length === 0;

const text: ValueReader = {
  wireType: 2,
  isDefault: isEmpty,
  write: (writer, from, at, length) => writer.copy(from, at, length),
  toClient: (from, at, length) => from.toString('utf8', at, at + length),
};

const bytes: ValueReader = {
  ...text,
  toClient: (from, at, length) => Uint8Array.from(from.subarray(at, at + length)),
};

const uuidText = ofSize(16, (from, at) =>
  from.toString('hex', at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
);

const uuid: ValueReader = {
  wireType: 2,
  isDefault: never,
  write: (writer, from, at, length) => writer.string(uuidText(from, at, length)),
  toClient: uuidText,
};

function enumReader(field: ModelField): ValueReader {
  const names = namesByStoredValue(field);
  const nameOf = (from: Buffer, at: number, length: number) => {
    const name = names.get(from.toString('utf8', at, at + length));
    if (name === undefined) throw new UnreadableValue('holds a value that is not in its enum');
    return name;
  };
  const numbers = new Map(Object.entries(field.values ?? {}));
  return {
    wireType: 0,
    isDefault: never,
    write: (writer, from, at, length) => writer.int32(numbers.get(nameOf(from, at, length)) ?? 0),
    toClient: nameOf,
  };
}

function decimal(digitsOf: (from: Buffer, at: number, length: number) => string): ValueReader {
  const plain = (from: Buffer, at: number, length: number) => {
    const digits = digitsOf(from, at, length);
    if (!/^-?\d+(\.\d+)?$/.test(digits)) throw new UnreadableValue('holds a decimal that is not a number');
    return digits.includes('.') ? plainDecimal(digits) : digits;
  };
  return {
    wireType: 2,
    isDefault: never,
    write: (writer, from, at, length) => writer.string(plain(from, at, length)),
    toClient: plain,
  };
}

/** @see numeric_send in PostgreSQL's src/backend/utils/adt/numeric.c: digits of four decimal places, the first worth 10000^weight. */
function numericText(from: Buffer, at: number, length: number): string {
  const count = length < 8 ? -1 : from.readInt16BE(at);
  const sign = length < 8 ? 0 : from.readUInt16BE(at + 4);
  if (count < 0 || length !== 8 + 2 * count || (sign !== 0 && sign !== 0x4000)) return 'NaN';
  const weight = from.readInt16BE(at + 2);
  const groups = Array.from({ length: count }, (_, index) => from.readInt16BE(at + 8 + 2 * index));
  if (groups.some((group) => group < 0 || group > 9999)) return 'NaN';
  const text = groups.map((group) => String(group).padStart(4, '0')).join('');
  const exponent = 4 * (weight + 1 - count);
  const plain = plainDecimal(`${text === '' ? '0' : text}e${exponent}`);
  return sign === 0 ? plain : `-${plain}`;
}

function json(versionBytes: number): ValueReader {
  const parse = (from: Buffer, at: number, length: number) =>
    parseJson(from.toString('utf8', at + versionBytes, at + length));
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

/** From 1970 to 2000, where PostgreSQL's times begin. */
const EPOCH_SECONDS = 946_684_800;
const MICROSECONDS = 1_000_000;
const DAY_SECONDS = 86_400;

/** The time that was read last: seconds since 1970, rounded down, and the microseconds after them. */
const time = { seconds: 0, micros: 0 };

function timeReader(read: (from: Buffer, at: number, length: number) => void): ValueReader {
  return {
    wireType: 2,
    isDefault: never,
    write: (writer, from, at, length) => {
      read(from, at, length);
      writeTimestamp(writer, time.seconds, time.micros * 1000);
    },
    toClient: (from, at, length) => {
      read(from, at, length);
      return timestampToDate({ seconds: BigInt(time.seconds), nanos: time.micros * 1000 });
    },
  };
}

const readMicroseconds = ofSize(8, microsecondsAt);

const timestamp = timeReader((from, at, length) => {
  readMicroseconds(from, at, length);
  time.seconds += EPOCH_SECONDS;
});

/** On the first day of 1970, as Prisma's client returns it. */
const timeOfDay = timeReader(readMicroseconds);

const date = timeReader(
  ofSize(4, (from, at) => {
    const days = from.readInt32BE(at);
    if (days === 2 ** 31 - 1 || days === -(2 ** 31)) throw infinite();
    time.seconds = days * DAY_SECONDS + EPOCH_SECONDS;
    time.micros = 0;
  }),
);

const TIMES: Readonly<Record<number, ValueReader>> = {
  [Oid.timestamp]: timestamp,
  [Oid.timestamptz]: timestamp,
  [Oid.date]: date,
  [Oid.time]: timeOfDay,
  [Oid.timetz]: timeReader(() => {
    throw new UnreadableValue(
      'holds a time with a zone, which a Timestamp cannot keep; make it a time or a timestamptz',
    );
  }),
};

function microsecondsAt(from: Buffer, at: number): void {
  const high = from.readInt32BE(at);
  const low = from.readUInt32BE(at + 4);
  if ((high === 2 ** 31 - 1 && low === 2 ** 32 - 1) || (high === -(2 ** 31) && low === 0)) throw infinite();
  const micros = longAt(from, at);
  if (typeof micros === 'number') {
    time.seconds = Math.floor(micros / MICROSECONDS);
    time.micros = micros - time.seconds * MICROSECONDS;
    return;
  }
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  time.seconds = Number((micros - rest) / 1_000_000n);
  time.micros = Number(rest);
}

function infinite(): UnreadableValue {
  return new UnreadableValue("holds PostgreSQL's infinity, which a Timestamp cannot hold");
}
