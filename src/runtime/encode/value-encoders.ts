import { FIRST_SECOND, isUnsigned, LAST_SECOND, type ScalarType } from '../../model/index.js';
import { dateToTimestamp } from '../../model/timestamp.js';
import type { ByteWriter } from './byte-writer.js';
import { encodeJsonValue } from './json-value.js';
import { UnreadableValue, unexpected } from './unreadable-value.js';

/** How values of one kind go onto the wire. */
export interface ValueEncoder {
  /** @see https://protobuf.dev/programming-guides/encoding/#structure */
  readonly wireType: 0 | 1 | 2;
  /** Whether proto3 omits the value of a field without presence. */
  isDefault(value: unknown): boolean;
  /** @throws UnreadableValue for a value of another type, or one that does not fit. */
  write(writer: ByteWriter, value: unknown): void;
}

/** The encoder of each of Prisma's scalars, over the values that Prisma's client returns. */
export function scalarEncoder(type: ScalarType, native?: string): ValueEncoder {
  if (!isUnsigned(native)) return scalars[type];
  return type === 'Int' ? unsignedInteger : type === 'BigInt' ? unsignedLong : scalars[type];
}

/** Encodes an enum's value, which Prisma returns by name, as its number. */
export function enumEncoder(numbers: ReadonlyMap<string, number>): ValueEncoder {
  return {
    wireType: 0,
    isDefault: () => false,
    write: (writer, value) => {
      const number = typeof value === 'string' ? numbers.get(value) : undefined;
      if (number === undefined) throw new UnreadableValue('holds a value that is not in its enum');
      writer.int32(number);
    },
  };
}

/** `google.protobuf.Timestamp`: nanos count forward even before 1970. @throws UnreadableValue outside of the years 1 to 9999. */
export function writeTimestamp(writer: ByteWriter, seconds: number, nanos: number): void {
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) {
    throw new UnreadableValue('holds a time outside of the years 1 to 9999, which a Timestamp cannot hold');
  }
  const start = writer.open();
  if (seconds !== 0) {
    writer.byte(8);
    writer.int64(seconds);
  }
  if (nanos !== 0) {
    writer.byte(16);
    writer.uint32(nanos);
  }
  // At most 17 bytes: their length takes one.
  writer.putByte(start - 1, writer.position - start);
}

const text: ValueEncoder = {
  wireType: 2,
  isDefault: (value) => value === '',
  write: (writer, value) => writer.string(textOf(value)),
};

/** @throws UnreadableValue for anything that is not a text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw unexpected(value, 'a text');
}

/** @throws UnreadableValue for anything that is not a number. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw unexpected(value, 'a number');
}

const NOT_32_BITS = 'holds a number that is not an integer of 32 bits';

/** @throws UnreadableValue for anything that is not an integer of 32 bits. */
export function int32Of(value: unknown): number {
  if (typeof value !== 'number') throw unexpected(value, 'an integer');
  if (value === (value | 0)) return value;
  throw new UnreadableValue(NOT_32_BITS);
}

function uint32Of(value: unknown): number {
  if (typeof value !== 'number') throw unexpected(value, 'an integer');
  if (value === value >>> 0) return value;
  throw new UnreadableValue(NOT_32_BITS);
}

function integer(checked: (value: unknown) => number): ValueEncoder {
  return {
    wireType: 0,
    isDefault: (value) => value === 0,
    write: (writer, value) => writer.int32(checked(value)),
  };
}

function longInteger(fits: (value: bigint) => boolean): ValueEncoder {
  return {
    wireType: 0,
    // A driver returns what fits as a number.
    isDefault: (value) => value === 0n || value === 0,
    write: (writer, value) => {
      if (typeof value !== 'bigint' && typeof value !== 'number') throw unexpected(value, 'an integer');
      if (typeof value === 'bigint' ? !fits(value) : !Number.isSafeInteger(value)) {
        throw new UnreadableValue('holds a number that is not an integer of 64 bits');
      }
      writer.int64(value);
    },
  };
}

const unsignedInteger = integer(uint32Of);
const unsignedLong = longInteger((value) => value === BigInt.asUintN(64, value));

const scalars: Readonly<Record<ScalarType, ValueEncoder>> = {
  String: text,
  Boolean: {
    wireType: 0,
    isDefault: (value) => value === false,
    write: (writer, value) => {
      if (typeof value !== 'boolean') throw unexpected(value, 'true or false');
      writer.byte(value ? 1 : 0);
    },
  },
  Int: integer(int32Of),
  BigInt: longInteger((value) => value === BigInt.asIntN(64, value)),
  Float: {
    wireType: 1,
    // -0 is a value of its own.
    isDefault: (value) => Object.is(value, 0),
    write: (writer, value) => writer.double(numberOf(value)),
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
      if (!(value instanceof Date)) throw unexpected(value, 'a date');
      if (Number.isNaN(value.getTime())) throw new UnreadableValue('holds an invalid date');
      const { seconds, nanos } = dateToTimestamp(value);
      writeTimestamp(writer, Number(seconds), nanos);
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
      if (!(value instanceof Uint8Array)) throw unexpected(value, 'an array of bytes');
      writer.bytes(value);
    },
  },
};

/** `toFixed` of Prisma's Decimal, without an argument, returns every digit and no exponent. */
function decimalText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Object && 'toFixed' in value && typeof value.toFixed === 'function') {
    const digits = String(value.toFixed());
    if (/\d/.test(digits)) return digits;
    throw new UnreadableValue('holds a decimal that is not a number');
  }
  throw unexpected(value, 'a decimal');
}
