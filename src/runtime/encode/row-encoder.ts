import { InternalError } from '../../errors/index.js';
import type { ByteWriter } from './byte-writer.js';
import type { ModelField, NestedRow } from './model-field.js';
import { type ReadRaw, rawReader } from './raw-values.js';
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
