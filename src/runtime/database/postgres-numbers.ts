import type { ByteWriter } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import { scalarEncoder, type ValueEncoder } from '../encode/value-encoders.js';

/** Reads one value that is not NULL, from the bytes that PostgreSQL sends, straight into a message. */
export interface ValueReader {
  readonly wireType: ValueEncoder['wireType'];
  isDefault(from: Buffer, at: number, length: number): boolean;
  write(writer: ByteWriter, from: Buffer, at: number, length: number): void;
  toClient(from: Buffer, at: number, length: number): unknown;
}

/** OIDs of PostgreSQL's own types. @see https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
export const Oid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  timetz: 1266,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

export type IntegerReader = (from: Buffer, at: number, length: number) => number | bigint;

/** By the types of their columns. */
export const INTEGERS: Readonly<Record<number, IntegerReader>> = {
  [Oid.int2]: ofSize(2, (from, at) => from.readInt16BE(at)),
  [Oid.int4]: ofSize(4, (from, at) => from.readInt32BE(at)),
  [Oid.int8]: ofSize(8, longAt),
  [Oid.oid]: ofSize(4, (from, at) => from.readUInt32BE(at)),
};

/** Reads a value of a fixed number of bytes. @throws UnreadableValue for one of another length. */
export function ofSize<T>(
  size: number,
  read: (from: Buffer, at: number) => T,
): (from: Buffer, at: number, length: number) => T {
  return (from, at, length) => {
    if (length !== size) throw new UnreadableValue(`holds a value of ${length} bytes where ${size} were expected`);
    return read(from, at);
  };
}

export function integer({ native }: ModelField, read: IntegerReader | undefined): ValueReader | undefined {
  if (!read) return undefined;
  const encoder = scalarEncoder('Int', native);
  const number = (from: Buffer, at: number, length: number) => Number(read(from, at, length));
  return {
    wireType: 0,
    isDefault: (from, at, length) => number(from, at, length) === 0,
    write: (writer, from, at, length) => encoder.write(writer, number(from, at, length)),
    toClient: number,
  };
}

export function longInteger(read: IntegerReader | undefined): ValueReader | undefined {
  return (
    read && {
      wireType: 0,
      isDefault: (from, at, length) => Number(read(from, at, length)) === 0,
      write: (writer, from, at, length) => writer.int64(read(from, at, length)),
      toClient: (from, at, length) => BigInt(read(from, at, length)),
    }
  );
}

/** 64 bits: a number where it is exact. */
export function longAt(from: Buffer, at: number): number | bigint {
  const high = from.readInt32BE(at);
  return high >= -SAFE_HIGH && high < SAFE_HIGH ? high * 2 ** 32 + from.readUInt32BE(at + 4) : from.readBigInt64BE(at);
}

/** The upper half of a safe integer. */
const SAFE_HIGH = 2 ** 21;

export const double = floating(ofSize(8, (from, at) => from.readDoubleBE(at)));
export const float = floating(ofSize(4, (from, at) => from.readFloatBE(at)));

function floating(number: (from: Buffer, at: number, length: number) => number): ValueReader {
  return {
    wireType: 1,
    // -0 is a value of its own.
    isDefault: (from, at, length) => Object.is(number(from, at, length), 0),
    write: (writer, from, at, length) => writer.double(number(from, at, length)),
    toClient: number,
  };
}

const truth = ofSize(1, (from, at) => {
  const byte = from[at];
  if (byte === 0 || byte === 1) return byte === 1;
  throw new UnreadableValue('holds neither true nor false');
});

export const postgresBoolean: ValueReader = {
  wireType: 0,
  isDefault: (from, at, length) => !truth(from, at, length),
  write: (writer, from, at, length) => writer.byte(truth(from, at, length) ? 1 : 0),
  toClient: truth,
};
