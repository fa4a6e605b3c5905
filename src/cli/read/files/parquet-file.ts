import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { DecimalDigits, ReadField } from '../../../client/reflection/reflected-model.js';
import { assertNever, EnvironmentError, InternalError } from '../../../errors/index.js';
import { dateToTimestamp } from '../../../model/index.js';
import type { PartFile } from './part-files.js';

/** Rows are held until there are as many as make a good row group, or until they take this much memory. */
const ROWS_A_GROUP = 20_000;
const BYTES_A_GROUP = 32 * 1024 * 1024;

/**
 * Writes rows to a Parquet file, a row group at a time, so that its size does not matter to the memory. Every value keeps what it has in the
 * database: integers of 64 bits, times in microseconds of UTC, bytes, decimals whose digits the schema tells. Other decimals are texts: a column
 * of Prisma may have any scale.
 */
export function parquetFile(path: string, fields: readonly ReadField[]): PartFile {
  const file = openSync(path, 'w');
  const bytes = new ByteWriter();
  const columns = fields.map(columnOf);
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    createdBy: 'grpc-stream',
  });
  let rows: object[] = [];
  let heldBytes = 0;
  let written = 0;

  function writeGroup(): void {
    if (rows.length > 0) {
      const columnData = columns.map(({ name, valueIn }): ColumnSource => ({ name, data: rows.map(valueIn) }));
      writer.write({ columnData, rowGroupSize: rows.length });
    }
    [rows, heldBytes] = [[], 0];
    writeBytes();
  }

  /** The library counts what was written since the beginning, so its buffer is emptied, and its count kept. */
  function writeBytes(): void {
    const chunk = new Uint8Array(bytes.buffer, 0, bytes.index);
    for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
    written += chunk.length;
    bytes.index = 0;
    if (bytes.offset !== written) throw new InternalError('the Parquet library counts its bytes in another way');
  }

  return {
    add(row) {
      rows.push(row);
      heldBytes += sizeOf(row);
      if (rows.length >= ROWS_A_GROUP || heldBytes >= BYTES_A_GROUP) writeGroup();
      return undefined;
    },
    async end() {
      writeGroup();
      writer.finish();
      writeBytes();
      fsyncSync(file);
      closeSync(file);
    },
    async abandon() {
      closeSync(file);
    },
  };
}

/** Values of other kinds are small. */
function sizeOf(row: object): number {
  let size = 0;
  for (const value of Object.values(row))
    size += typeof value === 'string' || value instanceof Uint8Array ? value.length : 16;
  return size;
}

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

interface ParquetColumn {
  readonly name: string;
  readonly schema: readonly SchemaElement[];
  readonly valueIn: (row: object) => unknown;
}

function columnOf(field: ReadField): ParquetColumn {
  const { name, property, list, optional } = field;
  const { convert, ...leaf } = leafOf(field);
  if (!list) {
    const repetition_type = optional || field.type === 'Json' ? 'OPTIONAL' : 'REQUIRED';
    const valueIn = (row: object) => {
      const value: unknown = Reflect.get(row, property);
      return value === null || value === undefined ? null : convert(value);
    };
    return { name, schema: [{ ...leaf, name, repetition_type }], valueIn };
  }
  const itemType = field.type === 'Json' ? 'OPTIONAL' : 'REQUIRED';
  const schema: SchemaElement[] = [
    { name, repetition_type: 'REQUIRED', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { ...leaf, name: 'element', repetition_type: itemType },
  ];
  const valueIn = (row: object) => {
    const items: unknown = Reflect.get(row, property);
    return Array.isArray(items) ? items.map((item) => (item === null ? null : convert(item))) : [];
  };
  return { name, schema, valueIn };
}

type Leaf = Omit<SchemaElement, 'name'> & { readonly convert: (value: unknown) => unknown };

const asItIs = (value: unknown) => value;
const TEXT: Leaf = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, convert: asItIs };

/** @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md */
function leafOf({ name, type, unsigned = false, values, digits }: ReadField): Leaf {
  switch (type) {
    case 'String':
      return TEXT;
    case 'Decimal':
      return digits && digits.precision <= MOST_DIGITS ? decimalLeaf(name, digits) : TEXT;
    case 'enum': {
      const names = new Map([...(values ?? [])].map(([name, long]) => [long, name]));
      return { ...TEXT, convert: (value) => names.get(String(value)) ?? String(value) };
    }
    case 'Boolean':
      return { type: 'BOOLEAN', convert: asItIs };
    case 'Int':
      return { type: 'INT32', ...(unsigned ? { converted_type: 'UINT_32' } : {}), convert: asItIs };
    case 'BigInt':
      return {
        type: 'INT64',
        ...(unsigned ? { converted_type: 'UINT_64' } : {}),
        convert: (value) => BigInt.asIntN(64, BigInt(value as bigint)),
      };
    case 'Float':
      return { type: 'DOUBLE', convert: asItIs };
    case 'DateTime':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
        convert: microsecondsOf,
      };
    case 'Json':
      return { type: 'BYTE_ARRAY', converted_type: 'JSON', logical_type: { type: 'JSON' }, convert: asItIs };
    case 'Bytes':
      return { type: 'BYTE_ARRAY', convert: asItIs };
    default:
      return assertNever(type);
  }
}

/** Arrow, Spark and DuckDB have decimals of 128 bits. */
const MOST_DIGITS = 38;

/** A decimal as an integer without its point, in the smallest type that holds all of its digits. */
function decimalLeaf(name: string, { precision, scale }: DecimalDigits): Leaf {
  const convert = (value: unknown) => withoutPoint(String(value), name, { precision, scale });
  const decimal = { precision, scale };
  const leaf = {
    converted_type: 'DECIMAL',
    ...decimal,
    logical_type: { type: 'DECIMAL', ...decimal },
    convert,
  } as const;
  if (precision <= 9) return { ...leaf, type: 'INT32' };
  if (precision <= 18) return { ...leaf, type: 'INT64' };
  const bits = 1 + Math.ceil(precision * Math.log2(10));
  return { ...leaf, type: 'FIXED_LEN_BYTE_ARRAY', type_length: Math.ceil(bits / 8) };
}

/**
 * `-12.5` with two digits after the point → `-1250n`
 *
 * @throws EnvironmentError for a decimal that the column of the schema cannot hold: the database has another one.
 */
function withoutPoint(text: string, field: string, { precision, scale }: DecimalDigits): bigint {
  const [, sign = '', whole = '', zeros = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const fraction = zeros.replace(/0+$/, '');
  const digits = (whole + fraction.padEnd(scale, '0')).replace(/^0+/, '');
  if (whole !== '' && fraction.length <= scale && digits.length <= precision) return BigInt(`${sign}${digits || '0'}`);
  throw new EnvironmentError(
    'read.decimal',
    `${field} is ${text} in a row, which the schema's @db.Decimal(${precision}, ${scale}) cannot hold`,
    {
      nextActions: [
        'let the schema say what the database has: `npx prisma db pull`, then `npx grpc-stream generate`',
        'or write another format, or leave the field out with --fields',
      ],
    },
  );
}

/** No database that Prisma reads has times finer than microseconds. */
function microsecondsOf(value: unknown): bigint {
  if (!(value instanceof Date)) throw new InternalError('a time is not a Date');
  const { seconds, nanos } = dateToTimestamp(value);
  if (nanos % 1000 !== 0) throw new InternalError('a time is finer than a microsecond');
  return seconds * 1_000_000n + BigInt(nanos / 1000);
}
