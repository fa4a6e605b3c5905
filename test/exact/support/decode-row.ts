import { fromBinary, toJson } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { TimestampSchema, ValueSchema } from '@bufbuild/protobuf/wkt';
import { timestampToDate } from '../../../src/model/index.js';
import type { ModelField } from '../../../src/runtime/index.js';

/** A row's values by field: a list for lists, and nothing where the message has none. */
export type DecodedRow = ReadonlyMap<string, unknown>;

/** Reads a row's message by the numbers and types of its fields, without anything that this package generates. */
export function decodeRow(bytes: Uint8Array, fields: readonly ModelField[]): DecodedRow {
  const row = new Map<string, unknown>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields.find((candidate) => candidate.number === number);
    if (!field) throw new Error(`a field ${number} that nobody asked for`);
    if (!field.list) {
      if (row.has(field.name)) throw new Error(`${field.name} came twice`);
      row.set(field.name, valueIn(reader, field));
      continue;
    }
    const list = (row.get(field.name) ?? []) as unknown[];
    row.set(field.name, list);
    if (wireType !== WireType.LengthDelimited || isLengthDelimited(field)) list.push(valueIn(reader, field));
    else for (const end = reader.uint32() + reader.pos; reader.pos < end; ) list.push(valueIn(reader, field));
  }
  return row;
}

/** The values of fields that proto3 leaves out. */
const DEFAULTS: Readonly<Partial<Record<ModelField['type'], unknown>>> = {
  String: '',
  Boolean: false,
  Int: 0,
  BigInt: 0n,
  Float: 0,
  Bytes: new Uint8Array(),
};

/** A field's value, which is undefined where the row has none: JSON's null is a value. */
export function fieldValue(row: DecodedRow, { name, type, optional, list }: ModelField): unknown {
  if (row.has(name)) return row.get(name);
  if (list) return [];
  if (optional) return undefined;
  if (type in DEFAULTS) return DEFAULTS[type];
  throw new Error(`the row has no ${name}`);
}

/** The value as a request takes it, and as this package's client returns it. */
export function requestValue({ type }: Pick<ModelField, 'type'>, value: unknown): unknown {
  if (type !== 'DateTime' || value === undefined) return value;
  return timestampToDate(value as Parameters<typeof timestampToDate>[0]);
}

function isLengthDelimited({ type }: ModelField): boolean {
  return ['String', 'Decimal', 'Bytes', 'DateTime', 'Json'].includes(type);
}

function valueIn(reader: BinaryReader, { type, native = '', values = {}, name }: ModelField): unknown {
  switch (type) {
    case 'String':
    case 'Decimal':
      return reader.string();
    case 'Boolean':
      return reader.bool();
    case 'Int':
      return native.startsWith('Unsigned') || native === 'Oid' ? reader.uint32() : reader.int32();
    case 'BigInt':
      return BigInt(native.startsWith('Unsigned') ? reader.uint64() : reader.int64());
    case 'Float':
      return reader.double();
    case 'Bytes':
      return reader.bytes();
    case 'DateTime': {
      const { seconds, nanos } = fromBinary(TimestampSchema, reader.bytes());
      if (nanos < 0 || nanos > 999_999_999) throw new Error(`${name} has ${nanos} nanoseconds`);
      return { seconds, nanos };
    }
    case 'Json':
      return toJson(ValueSchema, fromBinary(ValueSchema, reader.bytes()));
    case 'enum': {
      const number = reader.int32();
      return Object.keys(values).find((value) => values[value] === number) ?? `no name for ${number}`;
    }
    default:
      throw new Error(`${name} is a ${type}`);
  }
}
