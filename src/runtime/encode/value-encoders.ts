import { StreamError } from '../../errors/index.js';
import { isUnsigned, type ScalarType } from '../../model/index.js';
import type { ByteWriter } from './byte-writer.js';

/** How one kind of value goes onto the wire. */
export interface ValueEncoder {
  /** @see https://protobuf.dev/programming-guides/encoding/#structure */
  readonly wireType: 0 | 1 | 2;
  /** What a field without presence leaves out, as proto3 demands. */
  isDefault(value: unknown): boolean;
  write(writer: ByteWriter, value: unknown): void;
}

/** The encoder of each of Prisma's scalars, over the very values that Prisma's client returns. */
export function scalarEncoder(type: ScalarType, native?: string): ValueEncoder {
  if (!isUnsigned(native)) return scalars[type];
  return type === 'Int' ? integer(isUint32) : type === 'BigInt' ? longInteger(isUint64) : scalars[type];
}

/** Encodes an enum's value, which Prisma returns by name, as its number. */
export function enumEncoder(numbers: Readonly<Record<string, number>>): ValueEncoder {
  const byName = new Map(Object.entries(numbers));
  return {
    wireType: 0,
    isDefault: () => false,
    write: (writer, value) => {
      const number = typeof value === 'string' ? byName.get(value) : undefined;
      if (number === undefined) throw unencodable('a known enum value', value);
      writer.int32(number);
    },
  };
}

const text: ValueEncoder = {
  wireType: 2,
  isDefault: (value) => value === '',
  write: (writer, value) => {
    if (typeof value !== 'string') throw unencodable('a string', value);
    writer.string(value);
  },
};

/** A value that does not fit is refused: on the wire it would be another. */
function integer(fits: (value: number) => boolean): ValueEncoder {
  return {
    wireType: 0,
    isDefault: (value) => value === 0,
    write: (writer, value) => {
      if (typeof value !== 'number') throw unencodable('a number', value);
      if (!fits(value)) throw outOfRange(value, 32);
      writer.int32(value);
    },
  };
}

function longInteger(fits: (value: bigint) => boolean): ValueEncoder {
  return {
    wireType: 0,
    // A driver returns what fits as a number.
    isDefault: (value) => value === 0n || value === 0,
    write: (writer, value) => {
      if (typeof value !== 'bigint' && typeof value !== 'number') throw unencodable('a bigint', value);
      if (typeof value === 'bigint' ? !fits(value) : !Number.isSafeInteger(value)) throw outOfRange(value, 64);
      writer.int64(value);
    },
  };
}

function isInt32(value: number): boolean {
  return value === (value | 0);
}

function isUint32(value: number): boolean {
  return value === value >>> 0;
}

function isInt64(value: bigint): boolean {
  return value === BigInt.asIntN(64, value);
}

function isUint64(value: bigint): boolean {
  return value === BigInt.asUintN(64, value);
}

const scalars: Readonly<Record<ScalarType, ValueEncoder>> = {
  String: text,
  Boolean: {
    wireType: 0,
    isDefault: (value) => value === false,
    write: (writer, value) => writer.byte(value === true ? 1 : 0),
  },
  Int: integer(isInt32),
  BigInt: longInteger(isInt64),
  Float: {
    wireType: 1,
    // -0 is a value of its own.
    isDefault: (value) => Object.is(value, 0),
    write: (writer, value) => {
      if (typeof value !== 'number') throw unencodable('a number', value);
      writer.double(value);
    },
  },
  Decimal: {
    wireType: 2,
    isDefault: () => false,
    write: (writer, value) => writer.string(decimalText(value)),
  },
  DateTime: {
    wireType: 2,
    isDefault: () => false,
    write: (writer, value) => {
      const milliseconds = value instanceof Date ? value.getTime() : value;
      if (typeof milliseconds !== 'number' || Number.isNaN(milliseconds)) throw unencodable('a date', value);
      writeTimestamp(writer, milliseconds);
    },
  },
  Json: {
    wireType: 2,
    isDefault: () => false,
    write: (writer, value) => {
      const start = writer.open();
      encodeJsonValue(writer, value);
      writer.close(start);
    },
  },
  Bytes: {
    wireType: 2,
    isDefault: (value) => value instanceof Uint8Array && value.length === 0,
    write: (writer, value) => {
      if (!(value instanceof Uint8Array)) throw unencodable('bytes', value);
      writer.bytes(value);
    },
  },
};

/** Every digit, never an exponent: `toFixed` of Prisma's Decimal, without an argument, keeps all of them. */
function decimalText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Object && 'toFixed' in value && typeof value.toFixed === 'function')
    return String(value.toFixed());
  throw unencodable('a decimal', value);
}

/** `google.protobuf.Timestamp`: nanos count forward even before 1970. */
function writeTimestamp(writer: ByteWriter, milliseconds: number): void {
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = (milliseconds - seconds * 1000) * 1_000_000;
  const start = writer.open();
  if (seconds !== 0) {
    writer.byte(8);
    writer.int64(seconds);
  }
  if (nanos !== 0) {
    writer.byte(16);
    writer.uint32(nanos);
  }
  writer.close(start);
}

function outOfRange(value: bigint | number, bits: 32 | 64): StreamError {
  return new StreamError('stream.unencodable', `a row holds ${value}, which does not fit a column of ${bits} bits`, {
    status: 'INTERNAL',
    phase: 'encode',
  });
}

function unencodable(expected: string, value: unknown): StreamError {
  const found = value === null ? 'null' : typeof value;
  return new StreamError('stream.unencodable', `a row holds ${found} where ${expected} was expected`, {
    status: 'INTERNAL',
    phase: 'encode',
  });
}

/** Tags of `google.protobuf.Value`, `Struct`, its map entries, and `ListValue`: field number shifted by three, plus wire type. */
const Tag = {
  nullValue: 0x08,
  numberValue: 0x11,
  stringValue: 0x1a,
  boolValue: 0x20,
  structValue: 0x2a,
  listValue: 0x32,
  structEntry: 0x0a,
  entryKey: 0x0a,
  entryValue: 0x12,
  listItem: 0x0a,
} as const;

/** Writes a JSON value as the content of a `google.protobuf.Value`; JSON's null is a value, unlike an absent field. */
export function encodeJsonValue(writer: ByteWriter, value: unknown): void {
  if (value === null || value === undefined) {
    writer.byte(Tag.nullValue);
    writer.byte(0);
  } else if (typeof value === 'number') {
    writer.byte(Tag.numberValue);
    writer.double(value);
  } else if (typeof value === 'string') {
    writer.byte(Tag.stringValue);
    writer.string(value);
  } else if (typeof value === 'boolean') {
    writer.byte(Tag.boolValue);
    writer.byte(value ? 1 : 0);
  } else if (Array.isArray(value)) {
    encodeList(writer, value);
  } else {
    encodeStruct(writer, value);
  }
}

function encodeList(writer: ByteWriter, items: readonly unknown[]): void {
  writer.byte(Tag.listValue);
  const list = writer.open();
  for (const item of items) encodeNested(writer, Tag.listItem, item);
  writer.close(list);
}

function encodeStruct(writer: ByteWriter, value: object): void {
  writer.byte(Tag.structValue);
  const struct = writer.open();
  for (const [key, inner] of Object.entries(value)) {
    writer.byte(Tag.structEntry);
    const entry = writer.open();
    // An empty key is the default of its field, which proto3 leaves out.
    if (key !== '') {
      writer.byte(Tag.entryKey);
      writer.string(key);
    }
    encodeNested(writer, Tag.entryValue, inner);
    writer.close(entry);
  }
  writer.close(struct);
}

function encodeNested(writer: ByteWriter, tag: number, value: unknown): void {
  writer.byte(tag);
  const start = writer.open();
  encodeJsonValue(writer, value);
  writer.close(start);
}
