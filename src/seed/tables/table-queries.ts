import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { z } from 'zod';
import type { Field, Relation, SchemaModel, StreamModel } from '../../model/index.js';
import { databaseError, dialectOf, tableIn } from '../connection.js';
import type { SqlValue } from '../values/sql-value.js';

/** A schema with all its tables and columns, including those that `@grpc.omit` hides from streams, and without its views. */
export function wholeSchema(schema: SchemaModel): SchemaModel {
  const all = [...schema.models, ...schema.omitted];
  const views = all.filter(({ kind }) => kind === 'view');
  return {
    ...schema,
    models: all.filter((model) => !views.includes(model)).map(withEveryColumn),
    omitted: [],
    skipped: [
      ...schema.skipped,
      ...views.map(({ name, table, file, line }) => ({
        name,
        table,
        file,
        line,
        reason: `"${name}" is a view: seed the tables that it reads from`,
      })),
    ],
  };
}

function withEveryColumn(model: StreamModel): StreamModel {
  const fields = [...model.fields, ...model.omitted];
  return { ...model, fields, omitted: [], relations: model.relations.map((relation) => asStored(relation, fields)) };
}

/** A relation that the schema calls optional is required where none of its columns can be null. */
function asStored(relation: Relation, fields: readonly Field[]): Relation {
  const canBeNull = fields.some(({ name, optional }) => optional && relation.fields.includes(name));
  return { ...relation, optional: relation.optional && canBeNull };
}

/** The fields with these names, in the order of the names. */
export function fieldsNamed({ fields }: StreamModel, names: readonly string[]): Field[] {
  return names.flatMap((name) => fields.filter((field) => field.name === name));
}

export interface ExistingNames {
  readonly tables: readonly string[];
  readonly enums: readonly string[];
}

const names = z.array(z.tuple([z.string(), z.string()]));

/** The tables and enums that exist in a namespace, by default in that of the connection. */
export async function existingNames(
  connection: SqlDriverAdapter,
  namespace = connection.getConnectionInfo?.().schemaName,
): Promise<ExistingNames> {
  const { listNames, hasNamespaces } = dialectOf(connection);
  const rows = names.parse(await select(connection, listNames, hasNamespaces ? [namespace ?? null] : []));
  const named = (kind: string) => rows.filter(([of]) => of === kind).map(([, name]) => name);
  return { tables: named('table'), enums: named('enum') };
}

const count = z.coerce.number();

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
  const { quote } = dialectOf(connection);
  const [row] = await select(connection, `SELECT max(${quote(column)}) FROM ${tableIn(connection, model)}`);
  return count.parse(row?.[0] ?? 0);
}

const tuples = z.array(z.array(z.custom<SqlValue>((value) => value !== undefined)));

/** The values of some columns in the first rows of a table, ordered by those columns. */
export async function readTuples(
  connection: SqlDriverAdapter,
  model: StreamModel,
  fields: readonly Field[],
  limit: number,
): Promise<readonly (readonly SqlValue[])[]> {
  const { quote } = dialectOf(connection);
  const columns = fields.map(({ column }) => quote(column)).join(', ');
  const sql = `SELECT ${columns} FROM ${tableIn(connection, model)} ORDER BY ${columns} LIMIT ${Math.trunc(limit)}`;
  return tuples.parse(await select(connection, sql));
}

async function select(
  connection: SqlDriverAdapter,
  sql: string,
  texts: readonly (string | null)[] = [],
): Promise<unknown[][]> {
  try {
    const argTypes = texts.map(() => ({ scalarType: 'string', arity: 'scalar' }) as const);
    return (await connection.queryRaw({ sql, args: [...texts], argTypes })).rows;
  } catch (error) {
    throw databaseError(error, 'the database cannot be read');
  }
}
