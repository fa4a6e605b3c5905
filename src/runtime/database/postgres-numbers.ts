import { isUnsigned } from '../../model/index.js';
import type { ByteWriter, SourceBytes } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import { omitNull } from '../encode/row-encoder.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import { scalarEncoder, type ValueEncoder } from '../encode/value-encoders.js';

/** Writes a value with its tag, straight from the bytes that PostgreSQL sends. A length below zero is NULL. */
export type PgFieldWriter = (writer: ByteWriter, from: SourceBytes, at: number, length: number) => void;

/** Reads one value that is not NULL. */
export interface ValueReader {
  readonly wireType: ValueEncoder['wireType'];
  /**
   * Makes the writer of a field that does the same as one that is made of the other methods. The types that most columns have bring one, each
   * with a text of its own: V8 compiles a closure by what its text has seen, and with one text for all types a row took 600 ns instead of 340.
   */
  readonly fieldWriter?: (field: ModelField) => PgFieldWriter;
  isDefault(from: SourceBytes, at: number, length: number): boolean;
  write(writer: ByteWriter, from: SourceBytes, at: number, length: number): void;
  toClient(from: SourceBytes, at: number, length: number): unknown;
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

export type IntegerReader = (from: SourceBytes, at: number, length: number) => number | bigint;

/** By the types of their columns. */
export const INTEGERS: Readonly<Record<number, IntegerReader>> = {
  [Oid.int2]: ofSize(2, (from, at) => from.view.getInt16(at)),
  [Oid.int4]: ofSize(4, (from, at) => from.view.getInt32(at)),
  [Oid.int8]: ofSize(8, longAt),
  [Oid.oid]: ofSize(4, (from, at) => from.view.getUint32(at)),
};

/** Reads a value of a fixed number of bytes. @throws UnreadableValue for one of another length. */
export function ofSize<T>(
  size: number,
  read: (from: SourceBytes, at: number) => T,
): (from: SourceBytes, at: number, length: number) => T {
  return (from, at, length) => {
    assertSize(length, size);
    return read(from, at);
  };
}

/** @throws UnreadableValue */
export function assertSize(length: number, size: number): void {
  if (length !== size) throw new UnreadableValue(`holds a value of ${length} bytes where ${size} were expected`);
}

export function integer({ native }: ModelField, read: IntegerReader | undefined): ValueReader | undefined {
  if (!read) return undefined;
  const encoder = scalarEncoder('Int', native);
  const number = (from: SourceBytes, at: number, length: number) => Number(read(from, at, length));
  const isUsual = read === INTEGERS[Oid.int4] && !isUnsigned(native);
  return {
    wireType: 0,
    ...(isUsual ? { fieldWriter: int4Field } : {}),
    isDefault: (from, at, length) => number(from, at, length) === 0,
    write: (writer, from, at, length) => encoder.write(writer, number(from, at, length)),
    toClient: number,
  };
}

function int4Field({ number, optional = false }: ModelField): PgFieldWriter {
  const tag = (number << 3) | 0;
  return (writer, from, at, length) => {
    if (length < 0) return omitNull(optional);
    assertSize(length, 4);
    const value = from.view.getInt32(at);
    if (value === 0 && !optional) return;
    writer.uint32(tag);
    writer.int32(value);
  };
}

export function longInteger(read: IntegerReader | undefined): ValueReader | undefined {
  return (
    read && {
      wireType: 0,
      ...(read === INTEGERS[Oid.int8] ? { fieldWriter: int8Field } : {}),
      isDefault: (from, at, length) => Number(read(from, at, length)) === 0,
      write: (writer, from, at, length) => writer.int64(read(from, at, length)),
      toClient: (from, at, length) => BigInt(read(from, at, length)),
    }
  );
}

function int8Field({ number, optional = false }: ModelField): PgFieldWriter {
  const tag = (number << 3) | 0;
  return (writer, from, at, length) => {
    if (length < 0) return omitNull(optional);
    assertSize(length, 8);
    const low = from.view.getUint32(at + 4);
    const isShort = from.view.getInt32(at) === 0;
    if (isShort && low === 0 && !optional) return;
    writer.uint32(tag);
    if (isShort) writer.uint32(low);
    else writer.int64(longAt(from, at));
  };
}

/** 64 bits: a number where it is exact. */
export function longAt(from: SourceBytes, at: number): number | bigint {
  const high = from.view.getInt32(at);
  return high >= -SAFE_HIGH && high < SAFE_HIGH
    ? high * 2 ** 32 + from.view.getUint32(at + 4)
    : from.view.getBigInt64(at);
}

/** The upper half of a safe integer. */
const SAFE_HIGH = 2 ** 21;

export const float = floating(ofSize(4, (from, at) => from.view.getFloat32(at)));
export const double: ValueReader = {
  ...floating(ofSize(8, (from, at) => from.view.getFloat64(at))),
  fieldWriter: ({ number, optional = false }) => {
    const tag = (number << 3) | 1;
    return (writer, from, at, length) => {
      if (length < 0) return omitNull(optional);
      assertSize(length, 8);
      const value = from.view.getFloat64(at);
      // -0 is a value of its own.
      if (Object.is(value, 0) && !optional) return;
      writer.uint32(tag);
      writer.double(value);
    };
  },
};

function floating(number: (from: SourceBytes, at: number, length: number) => number): ValueReader {
  return {
    wireType: 1,
    // -0 is a value of its own.
    isDefault: (from, at, length) => Object.is(number(from, at, length), 0),
    write: (writer, from, at, length) => writer.double(number(from, at, length)),
    toClient: number,
  };
}

const truth = ofSize(1, (from, at) => {
  const byte = from.view.getUint8(at);
  if (byte === 0 || byte === 1) return byte === 1;
  throw new UnreadableValue('holds neither true nor false');
});

export const postgresBoolean: ValueReader = {
  wireType: 0,
  fieldWriter: ({ number, optional = false }) => {
    const tag = (number << 3) | 0;
    return (writer, from, at, length) => {
      if (length < 0) return omitNull(optional);
      const isTrue = truth(from, at, length);
      if (!isTrue && !optional) return;
      writer.uint32(tag);
      writer.byte(isTrue ? 1 : 0);
    };
  },
  isDefault: (from, at, length) => !truth(from, at, length),
  write: (writer, from, at, length) => writer.byte(truth(from, at, length) ? 1 : 0),
  toClient: truth,
};
