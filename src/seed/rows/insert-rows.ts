import type { ArgType, SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { Field, StreamModel } from '../../model/index.js';
import { databaseError, inTransaction } from '../connect.js';
import { dialectOf, tableIn } from '../sql-dialect.js';
import { argTypeOf, type SqlValue } from './sql-value.js';

/** Past some 100 rows a statement the rate no longer grows. */
const MAX_ROWS_PER_STATEMENT = 100;

/** Writes rows of one table, all of them or none. */
export type InsertRows = (rows: readonly (readonly SqlValue[])[]) => Promise<void>;

/** Prepares the writing of rows: each call is one transaction of parameterised, multi-row INSERT statements. */
export function createInsert(connection: SqlDriverAdapter, model: StreamModel, fields: readonly Field[]): InsertRows {
  const { maxBindValues } = dialectOf(connection.provider);
  const fitting = Math.floor(
    (connection.getConnectionInfo?.().maxBindValues ?? maxBindValues) / Math.max(1, fields.length),
  );
  const perStatement = Math.max(1, Math.min(MAX_ROWS_PER_STATEMENT, fitting));
  const whole = insertStatement(connection, model, fields, perStatement);
  return (rows) =>
    inTransaction(connection, async (transaction) => {
      for (let start = 0; start < rows.length; start += perStatement) {
        const some = rows.slice(start, start + perStatement);
        const statement =
          some.length === perStatement ? whole : insertStatement(connection, model, fields, some.length);
        await transaction.executeRaw({ ...statement, args: concatenate(some) });
      }
    }).catch((error: unknown) => {
      throw databaseError(error, `table "${model.table}" cannot be filled`, []);
    });
}

/** `flat()` does the same in ten times the time. */
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
  const { quote, placeholder, numbered } = dialectOf(connection.provider);
  /** A table of nothing but numbered columns still needs one to name. */
  const columns = fields.length > 0 ? fields : model.fields.slice(0, 1);
  const tuple = (row: number) =>
    fields.map((_, index) => placeholder(row * fields.length + index + 1)).join(', ') || numbered;
  const tuples = Array.from({ length: rows }, (_, row) => `(${tuple(row)})`).join(', ');
  return {
    sql: `INSERT INTO ${tableIn(connection, model)} (${columns.map(({ column }) => quote(column)).join(', ')}) VALUES ${tuples}`,
    argTypes: Array.from({ length: rows }, () => fields.map(argTypeOf)).flat(),
  };
}
