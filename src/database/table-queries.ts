import type { SqlDriverAdapter, SqlQueryable } from '@prisma/driver-adapter-utils';
import { z } from 'zod';
import type { Field, StreamModel } from '../model/index.js';
import { databaseError } from './database-error.js';
import { dialectOf, type SqlDialect, tableIn } from './sql-dialect.js';
import type { SqlValue } from './sql-value.js';

/** What a database holds already. */
export interface ExistingNames {
  readonly tables: readonly string[];
  readonly enums: readonly string[];
}

/** The tables and enums of the schema (namespace) that the connection is in. */
export async function existingNames(connection: SqlQueryable): Promise<ExistingNames> {
  const rows = z
    .array(z.tuple([z.string(), z.string()]))
    .parse(await select(connection, dialect(connection).listNames));
  const named = (kind: string) => rows.filter(([of]) => of === kind).map(([, name]) => name);
  return { tables: named('table'), enums: named('enum') };
}

const count = z.coerce.number();

/** How many rows a table has. */
export async function countRows(connection: SqlDriverAdapter, model: StreamModel): Promise<number> {
  const [row] = await select(connection, `SELECT count(*) FROM ${tableIn(connection, model)}`);
  return count.parse(row?.[0]);
}

/** The largest value of a numeric column; 0 for an empty table. */
export async function largestValue(
  connection: SqlDriverAdapter,
  model: StreamModel,
  { column }: Field,
): Promise<number> {
  const { quote } = dialect(connection);
  const [row] = await select(connection, `SELECT max(${quote(column)}) FROM ${tableIn(connection, model)}`);
  return count.parse(row?.[0] ?? 0);
}

/** The fields of these names, in the order of the names. */
export function fieldsNamed({ fields }: StreamModel, names: readonly string[]): Field[] {
  return names.flatMap((name) => fields.filter((field) => field.name === name));
}

const tuples = z.array(z.array(z.custom<SqlValue>((value) => value !== undefined)));

/** The values of some columns in the first rows of a table, in the order of those columns. */
export async function readTuples(
  connection: SqlDriverAdapter,
  model: StreamModel,
  fields: readonly Field[],
  limit: number,
): Promise<readonly (readonly SqlValue[])[]> {
  const { quote } = dialect(connection);
  const columns = fields.map(({ column }) => quote(column)).join(', ');
  const sql = `SELECT ${columns} FROM ${tableIn(connection, model)} ORDER BY ${columns} LIMIT ${Math.trunc(limit)}`;
  return tuples.parse(await select(connection, sql));
}

function dialect({ provider }: SqlQueryable): SqlDialect {
  return dialectOf(provider);
}

async function select(connection: SqlQueryable, sql: string): Promise<unknown[][]> {
  try {
    return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
  } catch (error) {
    throw databaseError(error, 'the database cannot be read');
  }
}
