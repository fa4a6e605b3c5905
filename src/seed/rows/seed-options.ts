import type { SchemaModel } from '../../model/index.js';
import type { DatabaseAdapter } from '../database-adapter.js';

export interface SeedOptions {
  /** A Prisma driver adapter factory, such as `new PrismaBetterSqlite3({ url })`; the tables must exist. */
  readonly adapter: DatabaseAdapter;
  readonly schema: SchemaModel;
  /** Prisma's name of the model to fill. */
  readonly model: string;
  readonly rows: number;
  /** Average bytes of data in a row: free texts are filled up to reach it. Left out, every column has its natural size. */
  readonly rowBytes?: number;
  /** The same seed makes the same rows: a whole number below 2³². Default 1. */
  readonly seed?: number;
  /** Adds to a table that is not empty, instead of refusing. Default false. */
  readonly append?: boolean;
  readonly onProgress?: (progress: SeedProgress) => void;
  /** Ends after the batch that is being written: a table never holds part of one. */
  readonly signal?: AbortSignal;
}

export interface SeedProgress {
  readonly model: string;
  /** Rows written by now, of `total`. */
  readonly rows: number;
  readonly total: number;
}

/** One table that was filled. */
export interface SeededTable {
  readonly model: string;
  readonly rows: number;
  readonly ms: number;
  readonly rowsPerSecond: number;
  /** Average bytes of data in the rows; not what was asked for where no column can be filled up. */
  readonly rowBytes: number;
}
