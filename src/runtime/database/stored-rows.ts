import type { Chunk } from '../encode/chunk.js';
import type { ModelField } from '../encode/model-field.js';
import type { SqlReader } from '../internals/driver-adapter.js';
import type { SqlDialect, StoredValue } from './sql-dialect.js';

/** A database whose rows are read by SQL over the driver's own connections: driver adapters change some values. */
export interface SqlDatabase {
  readonly dialect: SqlDialect;
  /** Tells the namespace of tables whose model names none. */
  readonly connection: Pick<SqlReader, 'getConnectionInfo'>;
  /**
   * Prepares to read rows of some fields. Called once for each stream.
   *
   * @returns Runs a query. When the signal is aborted, the query is cancelled at the database, and rejects.
   */
  reader(fields: readonly ModelField[], how?: HowToRead): (query: SqlText, signal: AbortSignal) => Promise<StoredRows>;
}

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
  /** The most rows that it returns, if they may be many. */
  readonly mostRows?: number;
  /** Whether the best plan is the same for all values, so that the database may keep it. Default false. */
  readonly keepsPlan?: boolean;
}

/** How the rows of a stream are read. A database that runs its queries elsewhere reads all of them in the same way. */
export interface HowToRead {
  /** Whether a query may look at many rows that it does not return. Default false. */
  readonly scans?: boolean;
  /** Whether the rows are only sent: of those between the first and the last, no values are needed. Default false. */
  readonly encoded?: boolean;
}

/** Runs a query over a driver's connection. */
export type ReadRows<Driver> = (driver: Driver, query: SqlText, signal: AbortSignal) => Promise<StoredRows>;

/** Runs a query of one stream, and runs it again when its connection broke. */
export type ReadQuery = (query: SqlText) => Promise<StoredRows>;
