import { InternalError, StreamError } from '../../errors/index.js';
import type { ByteWriter } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import { leaveOut, type OnUnreadable } from '../encode/row-encoder.js';
import { type PgParameter, type PgRows, type PgRowsClient, readPgRows, releasePgRows } from '../internals/pg-rows.js';
import type { PgFieldWriter } from './postgres-numbers.js';
import { type PgValueReader, pgValueReader } from './postgres-values.js';
import { doubleQuoted, microsecondText, type SqlDialect, type StoredValue, storedEnumValue } from './sql-dialect.js';
import type { ReadRows, StoredRows } from './stored-rows.js';

export const postgresDialect: SqlDialect = {
  quote: doubleQuoted,
  mark: (position) => `$${position}`,
  // Prisma's own limit; the protocol counts parameters in 16 bits.
  maxParameters: 32_766,
  generatedNumber: 'DEFAULT',
  listNames: `
    SELECT 'table' AS kind, table_name::text AS name FROM information_schema.tables
    WHERE table_schema = coalesce($1::text, current_schema()::text) AND table_type = 'BASE TABLE'
    UNION ALL
    SELECT 'enum', typname::text FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
    WHERE typtype = 'e' AND nspname = coalesce($1::text, current_schema()::text)`,
  hasNamespaces: true,
  walks: 'tuples',
  selected,
  // A parameter takes the type of the column that it is compared with.
  comparand: (_, mark) => mark,
  parameterOf: (field, value): PgParameter => {
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value), isText: false };
    return { bytes: Buffer.from(textOf(field, value)), isText: true };
  },
  settling: { writers },
  isSame: (a, b) => (isParameter(a) && isParameter(b) ? a.bytes.equals(b.bytes) : a === b),
  like: (column, mark) => `${column} LIKE ${mark} ESCAPE '!'`,
};

/**
 * The transactions that may still write to the table. A write takes a lock on the table before it gives its row a key, so these are the
 * transactions that hold such a lock. A standby does not know the locks: there these are the transactions of the primary that were running
 * when the snapshot was taken, each by its number.
 */
function writers(table: string): string {
  const name = `'${table.replaceAll("'", "''")}'`;
  const modes = "'RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'";
  return [
    `SELECT virtualtransaction::text AS writer FROM pg_locks WHERE locktype = 'relation' AND relation = ${name}::regclass`,
    `AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    `AND granted AND mode IN (${modes}) AND pid IS DISTINCT FROM pg_backend_pid()`,
    `UNION SELECT xid::text FROM pg_snapshot_xip(pg_current_snapshot()) AS xid WHERE pg_is_in_recovery()`,
  ].join(' ');
}

function isParameter(value: StoredValue): value is PgParameter {
  return value instanceof Object && Reflect.get(value, 'bytes') instanceof Buffer;
}

/** The session's locale decides how money is printed; elements of some lists have a binary form that only the database can print. */
function selected({ native = '', list }: ModelField, column: string): string {
  if (native === 'Money') return `${column}::numeric${list ? '[]' : ''}`;
  if (!list) return column;
  if (/^(Xml|Bit|VarBit)/.test(native)) return `${column}::text[]`;
  // The cast to text adds a mask, which the printed form does not have.
  if (native !== 'Inet') return column;
  return `string_to_array(array_to_string(${column}, ',', '*'), ',', '*')`;
}

function textOf(field: ModelField, value: unknown): string {
  if (value instanceof Date) return timeText(field, value);
  return field.type === 'enum' ? storedEnumValue(field, String(value)) : String(value);
}

/** A time is written with its zone. Columns without a zone take it as UTC. A time of day is written without its day. */
function timeText(field: ModelField, date: Date): string {
  const [day, time = ''] = microsecondText(field, date).replace('Z', '').split('T');
  if (!/^Time(tz)?\b/.test(field.native ?? '')) return `${day} ${time}+00`;
  // PostgreSQL has a time for the end of the day.
  return date.getTime() === DAY_MS ? '24:00:00' : time;
}

const DAY_MS = 86_400_000;

/** Reads rows of these fields as the bytes that PostgreSQL sends: in its binary format, or as text where that is what goes onto the wire. */
export function postgresRows(fields: readonly ModelField[]): ReadRows<PgRowsClient> {
  const textColumns = fields.map(isReadAsText);
  let known: RowReader | undefined;
  const readerOf = ({ columns }: PgRows) => {
    const isAsked = columns.every(({ format }, index) => (format === 'text') === textColumns[index]);
    if (columns.length !== fields.length || !isAsked)
      throw new InternalError('PostgreSQL described other columns than those of the query');
    const types = columns.map(({ dataTypeID }) => dataTypeID);
    if (!known || types.some((type, index) => type !== known?.types[index]))
      known = rowReader(fields, types, textColumns);
    return known;
  };
  return async (driver, { text, values, keepsPlan }) => {
    const parameters = values.map((value) => value as PgParameter | null);
    const rows = await readPgRows(driver, { text, values: parameters, textColumns, keepsPlan });
    return new PostgresRows(rows, readerOf(rows), 0);
  };
}

/** How the columns of a result are read. */
interface RowReader {
  readonly fields: readonly ModelField[];
  readonly types: readonly number[];
  readonly textColumns: readonly boolean[];
  readonly values: readonly PgValueReader[];
  readonly writers: readonly PgFieldWriter[];
}

function rowReader(
  fields: readonly ModelField[],
  types: readonly number[],
  textColumns: readonly boolean[],
): RowReader {
  const values = fields.map((field, index) => valueReader(field, types[index] ?? 0, textColumns[index] ?? true));
  return { fields, types, textColumns, values, writers: values.map(({ write }) => write) };
}

/** Fields that go onto the wire as text, or are parsed from text. */
function isReadAsText({ type, list }: ModelField): boolean {
  return !list && (type === 'String' || type === 'Decimal' || type === 'Json' || type === 'enum');
}

/** Chooses the reader by the column's type in the database, which may not be the schema's. */
function valueReader(field: ModelField, dataType: number, isText: boolean): PgValueReader {
  const reader = pgValueReader(field, dataType, isText);
  if (reader) return reader;
  throw new StreamError(
    'stream.column_type',
    `${field.name} is a ${field.type} in the schema, and of another type (OID ${dataType}) in the database`,
    {
      status: 'INTERNAL',
      phase: 'database',
      nextActions: [
        'bring the schema in line with the database: `npx prisma db pull`, then `npx grpc-stream generate`',
      ],
    },
  );
}

class PostgresRows implements StoredRows {
  private readonly rows: PgRows;
  private readonly reader: RowReader;
  private readonly first: number;

  constructor(rows: PgRows, reader: RowReader, first: number) {
    this.rows = rows;
    this.reader = reader;
    this.first = first;
  }

  get length(): number {
    return this.rows.length - this.first;
  }

  /** With that of a first row that is left out. */
  get bytesRead(): number {
    return this.rows.size;
  }

  encodeRow(writer: ByteWriter, index: number, onUnreadable?: OnUnreadable): void {
    const { rows, reader } = this;
    const { writers } = reader;
    let at = this.startOf(index);
    for (let column = 0; column < writers.length; column++) {
      const length = rows.view.getInt32(at);
      const start = at + 4;
      at = length < 0 ? start : start + length;
      const position = writer.position;
      try {
        (writers[column] as PgFieldWriter)(writer, rows, start, length);
      } catch (error) {
        leaveOut(reader.fields[column], error, onUnreadable);
        writer.position = position;
      }
    }
  }

  storedValue(row: number, column: number): StoredValue {
    const { start, length } = this.valueAt(row, column);
    if (length < 0) return null;
    const bytes = Buffer.from(this.rows.bytes.subarray(start, start + length));
    return { bytes, isText: this.reader.textColumns[column] ?? true } satisfies PgParameter;
  }

  clientValue(row: number, column: number): unknown {
    const { start, length } = this.valueAt(row, column);
    return length < 0 ? null : this.reader.values[column]?.toClient(this.rows, start, length);
  }

  withoutFirst(): StoredRows {
    return new PostgresRows(this.rows, this.reader, this.first + 1);
  }

  release(): void {
    releasePgRows(this.rows);
  }

  private valueAt(row: number, column: number): { readonly start: number; readonly length: number } {
    const { view } = this.rows;
    let at = this.startOf(row);
    for (let skipped = 0; skipped < column; skipped++) at += 4 + Math.max(0, view.getInt32(at));
    return { start: at + 4, length: view.getInt32(at) };
  }

  /** After the number of columns. */
  private startOf(index: number): number {
    const { rows, first } = this;
    if (index < 0 || index + first >= rows.length) throw new InternalError(`there is no row ${index} in this chunk`);
    return (rows.starts[index + first] as number) + 2;
  }
}
