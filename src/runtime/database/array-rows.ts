import { InternalError } from '../../errors/index.js';
import { timestampToDate } from '../../model/index.js';
import type { ByteWriter } from '../encode/byte-writer.js';
import { InstantText } from '../encode/instant-text.js';
import { encodeJsonValue, parseJson, plainDecimal } from '../encode/json-value.js';
import type { ModelField } from '../encode/model-field.js';
import { type OnUnreadable, type RowEncoder, rawRowEncoder } from '../encode/row-encoder.js';
import { UnreadableValue, unexpected } from '../encode/unreadable-value.js';
import { enumEncoder, scalarEncoder, type ValueEncoder, writeTimestamp } from '../encode/value-encoders.js';
import { namesByStoredValue, type StoredValue } from './sql-dialect.js';
import type { StoredRows } from './stored-rows.js';

/** Turns what the drivers of SQLite and MySQL return into stored rows: an array of values for each row, in the order of the fields. */
export function arrayRows(fields: readonly ModelField[]): (rows: readonly (readonly unknown[])[]) => StoredRows {
  const readers = fields.map(columnOf);
  const encode = rawRowEncoder(fields, readers);
  return (rows) => new ArrayRows(rows, readers, encode);
}

class ArrayRows implements StoredRows {
  private readonly rows: readonly (readonly unknown[])[];
  private readonly readers: readonly ColumnReader[];
  private readonly encode: RowEncoder<readonly unknown[]>;

  constructor(
    rows: readonly (readonly unknown[])[],
    readers: readonly ColumnReader[],
    encode: RowEncoder<readonly unknown[]>,
  ) {
    this.rows = rows;
    this.readers = readers;
    this.encode = encode;
  }

  get length(): number {
    return this.rows.length;
  }

  encodeRow(writer: ByteWriter, index: number, onUnreadable?: OnUnreadable): void {
    this.encode(writer, this.rows[index] as readonly unknown[], onUnreadable);
  }

  storedValue(row: number, column: number): StoredValue {
    return this.rows[row]?.[column];
  }

  clientValue(row: number, column: number): unknown {
    const value = this.rows[row]?.[column];
    return value === null ? null : this.readers[column]?.toClient(value);
  }

  withoutFirst(): StoredRows {
    return new ArrayRows(this.rows.slice(1), this.readers, this.encode);
  }
}

/** How the values of a column are read. */
interface ColumnReader extends ValueEncoder {
  /** What Prisma's client would return. */
  toClient(value: unknown): unknown;
}

/** A column of SQLite may hold values of any type, whatever type it was declared with: the reader checks each value. */
function columnOf(field: ModelField): ColumnReader {
  const { type, native } = field;
  switch (type) {
    case 'enum': {
      const names = namesByStoredValue(field);
      const byStored = new Map([...names].map(([stored, name]) => [stored, field.values?.[name] ?? 0]));
      return { ...enumEncoder(byStored), toClient: (value) => names.get(String(value)) ?? notInEnum() };
    }
    case 'Int':
      return converted(scalarEncoder('Int', native), (value) => (typeof value === 'bigint' ? Number(value) : value));
    case 'BigInt':
      return { ...scalarEncoder('BigInt', native), toClient: (value) => BigInt(wholeNumber(value)) };
    case 'Boolean':
      return converted(scalarEncoder('Boolean'), truth);
    case 'Float':
      return converted(scalarEncoder('Float'), exactNumber);
    case 'Decimal':
      return { ...converted(scalarEncoder('Decimal'), decimalDigits), isDefault: () => false };
    case 'DateTime':
      return dateTime;
    case 'Json':
      return { ...converted(json, jsonValue), isDefault: () => false };
    case 'String':
    case 'Bytes':
      return converted(scalarEncoder(type), (value) => value);
    default:
      throw new InternalError(`${field.name} is a row, which SQL of ours does not read`);
  }
}

/** Converts a driver's value to the value that an encoder of Prisma's values takes. */
function converted(encoder: ValueEncoder, toClient: (value: unknown) => unknown): ColumnReader {
  return {
    wireType: encoder.wireType,
    isDefault: (value) => encoder.isDefault(toClient(value)),
    write: (writer, value) => encoder.write(writer, toClient(value)),
    toClient,
  };
}

function notInEnum(): never {
  throw new UnreadableValue('holds a value that is not in its enum');
}

function wholeNumber(value: unknown): bigint | number {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
  throw unexpected(value, 'an integer');
}

/** Other tools may write words; a filter does not find them, and SQLite does not sort them among the numbers. */
function truth(value: unknown): boolean {
  if (value === 1 || value === 1n) return true;
  if (value === 0 || value === 0n) return false;
  throw unexpected(value, '0 or 1');
}

function exactNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  if (BigInt(number) === value) return number;
  throw new UnreadableValue('holds an integer of more digits than a double keeps');
}

function decimalDigits(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return plainDecimal(text);
  throw unexpected(value, 'a decimal');
}

/** A column of JSON has the affinity of numbers: JSON that is a number alone comes back as one. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || typeof value === 'bigint') return parseJson(String(value));
  throw unexpected(value, 'JSON');
}

const json: ValueEncoder = {
  wireType: 2,
  isDefault: () => false,
  write: (writer, value) => {
    const start = writer.open();
    encodeJsonValue(writer, value);
    writer.close(start);
  },
};

const instant = new InstantText();

const dateTime: ColumnReader = {
  wireType: 2,
  isDefault: () => false,
  write: (writer, value) => {
    readInstant(value);
    writeTimestamp(writer, instant.seconds, instant.nanos);
  },
  toClient: (value) => {
    readInstant(value);
    return timestampToDate({ seconds: BigInt(instant.seconds), nanos: instant.nanos });
  },
};

/** Text of any form, or milliseconds since 1970. */
function readInstant(value: unknown): void {
  if (typeof value === 'string') {
    if (instant.read(value)) return;
    throw new UnreadableValue('holds a text that is not a date');
  }
  const milliseconds = typeof value === 'bigint' ? Number(value) : value;
  if (typeof milliseconds !== 'number' || !Number.isSafeInteger(milliseconds)) throw unexpected(value, 'a date');
  instant.seconds = Math.floor(milliseconds / 1000);
  instant.nanos = (milliseconds - instant.seconds * 1000) * 1_000_000;
}
