import type { Chunk } from '../encode/chunk.js';
import type { StoredValue } from './sql-dialect.js';

/** Rows that a query brought, in the database's own form. */
export interface StoredRows extends Chunk {
  /** The value of a column, as the database takes it back. */
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

/** Asks a query over a driver's own connection. */
export type ReadRows<Driver> = (driver: Driver, query: SqlText) => Promise<StoredRows>;

/** Asks a query of one stream, again where its connection broke. */
export type ReadQuery = (query: SqlText) => Promise<StoredRows>;
