import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { EnvironmentError } from '../../errors/index.js';
import { parseSchema, type SchemaFile } from '../../schema/index.js';
import { connect, databaseError, execute, inTransaction } from '../connect.js';
import type { DatabaseAdapter } from '../database-adapter.js';
import { dialectOf } from '../sql-dialect.js';
import { wholeSchema } from '../whole-schema.js';
import { type Creation, creationScript } from './creation-script.js';
import { type ExistingNames, existingNames } from './table-queries.js';

export interface CreateTablesOptions {
  /** A Prisma driver adapter factory, such as `new PrismaBetterSqlite3({ url })`. */
  readonly adapter: DatabaseAdapter;
  /** The Prisma schema, file by file. */
  readonly schemaFiles: readonly SchemaFile[];
}

/**
 * Creates the tables of a schema that the database lacks, on SQLite, PostgreSQL and CockroachDB: all of them, or none.
 * Whatever is there stays exactly as it is: a table that differs from the schema is `prisma db push`'s business.
 *
 * @returns The names of the tables that were created.
 * @throws EnvironmentError when the database cannot be reached or refuses, or is one whose tables only Prisma's CLI creates.
 *
 * @example
 * await createTables({ adapter: createAdapter(), schemaFiles: await readSchemaFiles('prisma/schema.prisma') });
 */
export async function createTables({ adapter, schemaFiles }: CreateTablesOptions): Promise<readonly string[]> {
  await using connection = await connect(adapter);
  const existing = await existingNames(connection);
  if (adapter.provider !== 'sqlite' && adapter.provider !== 'postgres') {
    return refuseMissing(connection, schemaFiles, existing);
  }
  try {
    const script = await creationScript(connection, schemaFiles);
    return await createMissing(
      connection,
      script.filter((creation) => isMissing(creation, existing)),
    );
  } catch (error) {
    throw databaseError(error, 'the tables cannot be created');
  }
}

async function createMissing(connection: SqlDriverAdapter, missing: readonly Creation[]): Promise<readonly string[]> {
  const tables = missing.filter(({ makesTable }) => makesTable).map(({ name }) => name);
  if (tables.length === 0) return [];
  await inTransaction(connection, async (transaction) => {
    const namespace = namespaceOf(connection);
    if (namespace !== undefined) await execute(transaction, `SET LOCAL search_path TO ${namespace}`);
    for (const { sql } of missing) await execute(transaction, sql);
  });
  return tables;
}

/** The namespace that the adapter was told to work in, quoted, where the database has them. */
function namespaceOf(connection: SqlDriverAdapter): string | undefined {
  const { hasNamespaces, quote } = dialectOf(connection.provider);
  const name = hasNamespaces ? connection.getConnectionInfo?.().schemaName : undefined;
  return name === undefined ? undefined : quote(name);
}

function isMissing({ of, name }: Creation, { tables, enums }: ExistingNames): boolean {
  if (of === 'database') return true;
  return !(of === 'table' ? tables : enums).includes(name);
}

/** Where tables cannot be created, it is enough that there are none to create. */
function refuseMissing(
  { adapterName }: SqlDriverAdapter,
  schemaFiles: readonly SchemaFile[],
  existing: ExistingNames,
): readonly string[] {
  const missing = wholeSchema(parseSchema(schemaFiles)).models.filter(({ table }) => !existing.tables.includes(table));
  if (missing.length === 0) return [];
  const tables = missing.map(({ table }) => table).join(', ');
  throw new EnvironmentError(
    'database.unsupported',
    `missing tables cannot be created through ${adapterName}: ${tables}`,
    { nextActions: ['create them with `npx prisma db push`, then run this command again'] },
  );
}
