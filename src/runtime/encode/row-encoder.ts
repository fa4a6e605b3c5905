import { InternalError } from '../../errors/index.js';
import type { ByteWriter } from './byte-writer.js';
import type { ModelField, NestedRow } from './model-field.js';
import { UnreadableValue, unexpected } from './unreadable-value.js';
import { enumEncoder, scalarEncoder, type ValueEncoder } from './value-encoders.js';

/** Writes a row's fields, without a frame or a length around them. @throws UnreadableValue that names the field. */
export type RowEncoder<R> = (writer: ByteWriter, row: R, onUnreadable?: OnUnreadable) => void;

/** Decides about a value that cannot be sent: true omits it, as if it were NULL, and encodes the rest of the row. */
export type OnUnreadable = (value: UnreadableValue) => boolean;

/**
 * Makes the encoder of a message: the same bytes as ts-proto's `encode`, straight from the row that Prisma returns. Prepares everything that
 * depends on the fields alone, once and not for every row.
 */
export function rowEncoder(fields: readonly ModelField[]): RowEncoder<Readonly<Record<string, unknown>>> {
  const readers = fields.map(({ name }) => propertyReader(name));
  const writers = fields.map(clientFieldWriter);
  return (writer, row, onUnreadable) => {
    for (let index = 0, start = writer.position; index < writers.length; index++) {
      try {
        for (; index < writers.length; index++) {
          start = writer.position;
          (writers[index] as FieldWriter)(writer, (readers[index] as PropertyReader)(row));
        }
      } catch (error) {
        leaveOut(fields[index], error, onUnreadable);
        writer.position = start;
      }
    }
  };
}

/**
 * Encodes the same message from a row as a driver returns it, an array in the order of the fields, without making a row object.
 *
 * @param writers For each field, how the driver's values go onto the wire.
 */
export function arrayRowEncoder(
  fields: readonly ModelField[],
  writers: readonly FieldWriter[],
): RowEncoder<readonly unknown[]> {
  return (writer, row, onUnreadable) => {
    for (let index = 0, start = writer.position; index < writers.length; index++) {
      try {
        for (; index < writers.length; index++) {
          start = writer.position;
          (writers[index] as FieldWriter)(writer, row[index]);
        }
      } catch (error) {
        leaveOut(fields[index], error, onUnreadable);
        writer.position = start;
      }
    }
  };
}

type PropertyReader = (row: Readonly<Record<string, unknown>>) => unknown;

/** A property that every object inherits, such as `constructor`, is not a value of the row. */
function propertyReader(name: string): PropertyReader {
  if (!(name in Object.prototype)) return (row) => row[name];
  return (row) => (Object.hasOwn(row, name) ? row[name] : undefined);
}

/** Writes the tag and the value of a field, or nothing for a value that a message does not hold. */
export type FieldWriter = (writer: ByteWriter, value: unknown) => void;

/** @throws UnreadableValue for a value that cannot be written, unless the row may omit it. */
export function leaveOut(field: ModelField | undefined, error: unknown, onUnreadable: OnUnreadable | undefined): void {
  const unreadable = unreadableAt(field, error);
  if (!field?.optional || !onUnreadable?.(unreadable)) throw unreadable;
}

/** Names the field of a value, also within rows inside this one. */
function unreadableAt(field: ModelField | undefined, error: unknown): UnreadableValue {
  if (!(error instanceof UnreadableValue) || field === undefined) throw error;
  return new UnreadableValue(error.problem, error.field === '' ? field.name : `${field.name}.${error.field}`);
}

/** Writes a field of the client's rows: null and a missing property are NULL. */
function clientFieldWriter(field: ModelField): FieldWriter {
  const encoder = clientEncoder(field);
  if (field.list) return listWriter(field, encoder);
  const write = valueWriter(field, encoder);
  if (field.optional)
    return (writer, value) => (value === null || value === undefined ? undefined : write(writer, value));
  // In a Json column that is never NULL, null can only be JSON's null, which is a value.
  const isAbsent = field.type === 'Json' ? isUndefined : isNullish;
  return (writer, value) => {
    if (!isAbsent(value) && !encoder.isDefault(value)) write(writer, value);
  };
}

/**
 * Writes a field of a driver's rows: null is NULL, always.
 *
 * @param convert Makes what the encoder takes of the driver's value. Default: the value itself.
 */
export function storedFieldWriter(
  field: ModelField,
  encoder: ValueEncoder,
  convert: (stored: unknown) => unknown = (stored) => stored,
): FieldWriter {
  const write = valueWriter(field, encoder);
  const optional = field.optional ?? false;
  return (writer, stored) => {
    if (stored === null) return omitNull(optional);
    const value = convert(stored);
    if (optional || !encoder.isDefault(value)) write(writer, value);
  };
}

/** @throws UnreadableValue where the schema does not allow NULL. */
export function omitNull(optional: boolean): void {
  if (!optional) throw new UnreadableValue('is NULL, which its schema does not allow');
}

function valueWriter({ number }: ModelField, encoder: ValueEncoder): FieldWriter {
  const tag = (number << 3) | encoder.wireType;
  return tag < 128
    ? (writer, value) => {
        writer.byte(tag);
        encoder.write(writer, value);
      }
    : (writer, value) => {
        writer.uint32(tag);
        encoder.write(writer, value);
      };
}

function clientEncoder({ type, values = {}, native, row, name }: ModelField): ValueEncoder {
  if (type === 'enum') return enumEncoder(new Map(Object.entries(values)));
  if (type !== 'row') return scalarEncoder(type, native);
  if (row) return nestedEncoder(row);
  throw new InternalError(`${name} is a row of no model`);
}

/** A row inside another: the length of its fields, then the fields. */
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

/** Numbers are packed into one value, as proto3 does by default; texts, bytes and messages follow each other. */
function listWriter({ number, type }: ModelField, encoder: ValueEncoder): FieldWriter {
  const tag = (number << 3) | 2;
  // JSON's null is a value.
  const itemsOf = type === 'Json' ? listOf : listWithoutNull;
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

/** A list that is NULL is empty, as in Prisma. */
function listOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw unexpected(value, 'a list');
  return value;
}

function listWithoutNull(value: unknown): readonly unknown[] {
  const items = listOf(value);
  if (items.includes(null)) throw new UnreadableValue('holds a list with a NULL in it, which a message cannot hold');
  return items;
}
