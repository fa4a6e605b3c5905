import { setImmediate } from 'node:timers/promises';
import type { ArgType, SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { Field, Relation, SchemaModel, StreamModel } from '../../model/index.js';
import { inTransaction } from '../../runtime/internals/driver-adapter.js';
import { databaseError, dialectOf, type SeedConnection, tableIn } from '../connection.js';
import { argTypeOf, type SqlValue } from '../values/sql-value.js';
import { EarlierRows, MAX_EARLIER_ROWS, type ParentGroup } from './related-rows.js';
import { createRowMaker } from './row-maker.js';
import type { UniquePlan } from './unique-plan.js';

interface WriteTableOptions {
  readonly connection: SeedConnection;
  readonly model: StreamModel;
  readonly schema: SchemaModel;
  readonly seed: number;
  readonly uniques: UniquePlan;
  readonly parents: readonly ParentGroup[];
  readonly self: readonly Relation[];
  /** Index of the first row. */
  readonly first: number;
  readonly rows: number;
  readonly rowBytes: number | undefined;
  readonly onProgress: ((progress: SeedProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface SeedProgress {
  readonly model: string;
  /** Rows written so far, of `total`. */
  readonly rows: number;
  readonly total: number;
}

/** One table that was filled. */
export interface SeededTable {
  readonly model: string;
  readonly rows: number;
  readonly ms: number;
  readonly rowsPerSecond: number;
  /** Average bytes of data in the rows; differs from the size that was asked for where no column can be filled. */
  readonly rowBytes: number;
}

/**
 * Rows in one transaction. Each commit writes every index page that changed, so that random keys (UUIDs, unique texts) are twice as fast as
 * with 5,000; an interrupt still waits for less than a second.
 */
const MAX_BATCH_ROWS = 20_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** Makes rows and writes them in batches, each in a transaction. The signal is checked between batches. */
export async function writeTable(options: WriteTableOptions): Promise<SeededTable> {
  const { connection, model, first, rows, rowBytes, onProgress, signal } = options;
  const start = performance.now();
  const earlier = new EarlierRows(connection, model, options.self);
  await earlier.read();
  const { fields, make, sizeOf } = createRowMaker({ ...options, earlier });
  const insert = createInsert(connection, model, fields);
  let written = 0;
  let bytes = 0;
  while (written < rows) {
    signal?.throwIfAborted();
    const size = Math.min(rows - written, earlier.missing ? rootsOf(rows) : batchRows(rowBytes));
    const batch = Array.from({ length: size }, (_, index) => make(first + written + index));
    await insert(batch);
    written += size;
    bytes += batch.reduce((sum, row) => sum + sizeOf(row), 0);
    if (earlier.missing) await earlier.read();
    onProgress?.({ model: model.name, rows: written, total: rows });
    // SQLite works synchronously: the event loop must turn for a signal to arrive.
    await setImmediate();
  }
  const ms = performance.now() - start;
  return { model: model.name, rows, ms, rowsPerSecond: (rows / ms) * 1000, rowBytes: bytes / rows };
}

function batchRows(rowBytes = 0): number {
  return Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(MAX_BATCH_BYTES / Math.max(1, rowBytes))));
}

/** The first rows of a tree have no parents; they are written first, so that later rows can point to them. */
function rootsOf(rows: number): number {
  return Math.min(MAX_EARLIER_ROWS, Math.ceil(rows / 100));
}

/** Writes rows of one table, all of them or none. */
type InsertRows = (rows: readonly (readonly SqlValue[])[]) => Promise<void>;

/** The rate does not grow with more rows per statement. */
const MAX_ROWS_PER_STATEMENT = 100;

/** Prepares the writing of rows: each call is one transaction of parameterised INSERT statements with several rows each. */
function createInsert(connection: SqlDriverAdapter, model: StreamModel, fields: readonly Field[]): InsertRows {
  const maxParameters = connection.getConnectionInfo?.().maxBindValues ?? dialectOf(connection).maxParameters;
  const fitting = Math.floor(maxParameters / Math.max(1, fields.length));
  const perStatement = Math.max(1, Math.min(MAX_ROWS_PER_STATEMENT, fitting));
  const full = insertStatement(connection, model, fields, perStatement);
  return (rows) =>
    inTransaction(connection, async (transaction) => {
      for (let start = 0; start < rows.length; start += perStatement) {
        const some = rows.slice(start, start + perStatement);
        const statement = some.length === perStatement ? full : insertStatement(connection, model, fields, some.length);
        await transaction.executeRaw({ ...statement, args: concatenate(some) });
      }
    }).catch((error: unknown) => {
      throw databaseError(error, `table "${model.table}" cannot be filled`, []);
    });
}

/** `flat()` takes ten times as long. */
function concatenate(rows: readonly (readonly SqlValue[])[]): SqlValue[] {
  const values: SqlValue[] = [];
  for (const row of rows) for (const value of row) values.push(value);
  return values;
}

interface Statement {
  readonly sql: string;
  readonly argTypes: ArgType[];
}

function insertStatement(
  connection: SqlDriverAdapter,
  model: StreamModel,
  fields: readonly Field[],
  rows: number,
): Statement {
  const { quote, mark, generatedNumber } = dialectOf(connection);
  // A table that has only numbered columns still needs one in the statement.
  const columns = fields.length > 0 ? fields : model.fields.slice(0, 1);
  const tuple = (row: number) =>
    fields.map((_, index) => mark(row * fields.length + index + 1)).join(', ') || generatedNumber;
  const tuples = Array.from({ length: rows }, (_, row) => `(${tuple(row)})`).join(', ');
  return {
    sql: `INSERT INTO ${tableIn(connection, model)} (${columns.map(({ column }) => quote(column)).join(', ')}) VALUES ${tuples}`,
    argTypes: Array.from({ length: rows }, () => fields.map(argTypeOf)).flat(),
  };
}
