import type { Chunk } from '../encode/chunk.js';
import type { StoredValue } from './sql-dialect.js';

/** Rows that a query returned, in the database's own form. */
export interface StoredRows extends Chunk {
  /** The value of a column, as the database accepts it as a parameter. */
  storedValue(row: number, column: number): StoredValue;
  /** The value of a column, as Prisma's client would return it. */
  clientValue(row: number, column: number): unknown;
  /** The same without the first row. */
  withoutFirst(): StoredRows;
}

/** A query, written for one database. */
export interface SqlText {
  readonly text: string;
  readonly values: readonly StoredValue[];
}

/** Runs a query over a driver's connection. */
export type ReadRows<Driver> = (driver: Driver, query: SqlText) => Promise<StoredRows>;

/** Runs a query of one stream, and runs it again when its connection broke. */
export type ReadQuery = (query: SqlText) => Promise<StoredRows>;
