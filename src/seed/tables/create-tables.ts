import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { EnvironmentError } from '../../errors/index.js';
import { inTransaction, type SqlReaderFactory } from '../../runtime/internals/driver-adapter.js';
import { hiddenPartsOf, parseSchema, type SchemaFile } from '../../schema/index.js';
import { databaseError, dialectOf, execute, openConnection } from '../connection.js';
import { type Creation, creationScript } from './schema-engine.js';
import { type ExistingNames, existingNames, wholeSchema } from './table-queries.js';

interface CreateTablesOptions {
  /** A Prisma driver adapter, such as `new PrismaBetterSqlite3({ url })`. */
  readonly adapter: SqlReaderFactory;
  /** The Prisma schema, file by file. */
  readonly schemaFiles: readonly SchemaFile[];
}

/**
 * Creates the tables of a schema that do not exist yet, on SQLite, PostgreSQL and CockroachDB: all of them or none. Existing tables stay
 * as they are: `prisma db push` changes a table that differs from the schema.
 *
 * @returns The names of the tables that were created.
 * @throws EnvironmentError when the database cannot be reached or refuses, or when only Prisma's CLI can create its tables.
 *
 * @example
 * await createTables({ adapter: createAdapter(), schemaFiles: await readSchemaFiles('prisma/schema.prisma') });
 */
export async function createTables({ adapter, schemaFiles }: CreateTablesOptions): Promise<readonly string[]> {
  await using connection = await openConnection(adapter);
  const existing = await existingNames(connection);
  if (adapter.provider !== 'sqlite' && adapter.provider !== 'postgres') {
    assertComplete(connection, schemaFiles, existing);
    return [];
  }
  try {
    const { ignoredTables } = hiddenPartsOf(schemaFiles);
    const script = (await creationScript(connection, schemaFiles)).filter(
      (creation) => !needs(creation, ignoredTables),
    );
    return await createMissing(connection, await missingFrom(connection, script, existing));
  } catch (error) {
    throw databaseError(error, 'the tables cannot be created');
  }
}

/** Whether a statement makes one of these tables or a part of it, or a foreign key that points to one. */
function needs({ of, name, sql, makesTable }: Creation, tables: readonly string[]): boolean {
  if (of !== 'table') return false;
  const target = makesTable ? undefined : /REFERENCES (?:"[^"]+"\.)?"([^"]+)"/.exec(sql)?.[1];
  return tables.includes(name) || (target !== undefined && tables.includes(target));
}

async function missingFrom(
  connection: SqlDriverAdapter,
  script: readonly Creation[],
  own: ExistingNames,
): Promise<readonly Creation[]> {
  const existing = new Map<string | undefined, ExistingNames>([[undefined, own]]);
  for (const { namespace } of script) {
    if (!existing.has(namespace)) existing.set(namespace, await existingNames(connection, namespace));
  }
  return script.filter(({ of, namespace, name }) => {
    if (of === 'database') return true;
    const names = existing.get(namespace);
    return !(of === 'table' ? names?.tables : names?.enums)?.includes(name);
  });
}

async function createMissing(connection: SqlDriverAdapter, missing: readonly Creation[]): Promise<readonly string[]> {
  const tables = missing.filter(({ makesTable }) => makesTable).map(({ name }) => name);
  if (tables.length === 0) return [];
  await inTransaction(connection, async (transaction) => {
    const namespace = namespaceOf(connection);
    if (namespace !== undefined) await execute(transaction, `SET LOCAL search_path TO ${namespace}`);
    for (const creation of missing) await create(transaction, creation);
  });
  return tables;
}

async function create(connection: Pick<SqlDriverAdapter, 'executeRaw'>, { of, sql }: Creation): Promise<void> {
  try {
    await execute(connection, sql);
  } catch (error) {
    const [statement = ''] = sql.split(/\s*\(|\n/);
    const remedy =
      of === 'database'
        ? 'install it on the database server, or create it as a user who may, then run this command again'
        : 'create the tables with `npx prisma db push` or your migrations, then run this command again';
    throw databaseError(error, `${statement} failed, and no table was created`, [remedy]);
  }
}

/** The connection's namespace, quoted; undefined where the database has none. */
function namespaceOf(connection: SqlDriverAdapter): string | undefined {
  const { hasNamespaces, quote } = dialectOf(connection);
  const name = hasNamespaces ? connection.getConnectionInfo?.().schemaName : undefined;
  return name === undefined ? undefined : quote(name);
}

/** @throws EnvironmentError when tables are missing that cannot be created here. */
function assertComplete(
  { adapterName }: SqlDriverAdapter,
  schemaFiles: readonly SchemaFile[],
  existing: ExistingNames,
): void {
  const missing = wholeSchema(parseSchema(schemaFiles)).models.filter(({ table }) => !existing.tables.includes(table));
  if (missing.length === 0) return;
  const tables = missing.map(({ table }) => table).join(', ');
  throw new EnvironmentError(
    'database.unsupported',
    `missing tables cannot be created through ${adapterName}: ${tables}`,
    { nextActions: ['create them with `npx prisma db push`, then run this command again'] },
  );
}
