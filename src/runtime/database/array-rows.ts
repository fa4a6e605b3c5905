import type { ByteWriter } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import { arrayRowEncoder, type OnUnreadable, type RowEncoder } from '../encode/row-encoder.js';
import { type ArrayColumn, arrayColumn } from './array-columns.js';
import type { StoredValue } from './sql-dialect.js';
import type { StoredRows } from './stored-rows.js';

/** Turns what the drivers of SQLite and MySQL return into stored rows: an array of values for each row, in the order of the fields. */
export function arrayRows(fields: readonly ModelField[]): (rows: readonly (readonly unknown[])[]) => StoredRows {
  const columns = fields.map(arrayColumn);
  const encode = arrayRowEncoder(
    fields,
    columns.map(({ write }) => write),
  );
  return (rows) => new ArrayRows(rows, columns, encode);
}

class ArrayRows implements StoredRows {
  private readonly rows: readonly (readonly unknown[])[];
  private readonly columns: readonly ArrayColumn[];
  private readonly encode: RowEncoder<readonly unknown[]>;

  constructor(
    rows: readonly (readonly unknown[])[],
    columns: readonly ArrayColumn[],
    encode: RowEncoder<readonly unknown[]>,
  ) {
    this.rows = rows;
    this.columns = columns;
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
    return value === null ? null : this.columns[column]?.toClient(value);
  }

  withoutFirst(): StoredRows {
    return new ArrayRows(this.rows.slice(1), this.columns, this.encode);
  }
}
