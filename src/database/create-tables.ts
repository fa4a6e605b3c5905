import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { EnvironmentError } from '../errors/index.js';
import { parseSchema } from '../schema/index.js';
import { connect } from './connect.js';
import { canMigrate, type DatabaseAdapter } from './database-adapter.js';
import { databaseError } from './database-error.js';
import { loadSchemaEngine } from './schema-engine.js';
import { type ExistingNames, existingNames } from './table-queries.js';

export interface CreateTablesOptions {
  /** A Prisma driver adapter factory that can migrate, such as `new PrismaBetterSqlite3({ url })`. */
  readonly adapter: DatabaseAdapter;
  /** The Prisma schema, file by file. */
  readonly schemaFiles: readonly { readonly path: string; readonly content: string }[];
}

/**
 * Creates the tables of a schema that the database lacks, on SQLite, PostgreSQL and CockroachDB.
 * Whatever is there stays exactly as it is: a table that differs from the schema is `prisma db push`'s business.
 *
 * @returns The names of the tables that were created.
 * @throws EnvironmentError when the database cannot be reached, or cannot be changed without harm.
 *
 * @example
 * await createTables({ adapter: createAdapter(), schemaFiles: await readSchemaFiles('prisma/schema.prisma') });
 */
export async function createTables({ adapter, schemaFiles }: CreateTablesOptions): Promise<readonly string[]> {
  const before = await namesIn(adapter);
  if (!canMigrate(adapter)) return refuseMissing(adapter, schemaFiles, before);
  await push(bindMigrationAwareSqlAdapterFactory(adapter), schemaFiles, before);
  const after = await namesIn(adapter);
  return after.tables.filter((table) => !before.tables.includes(table));
}

/** Where tables cannot be created, it is enough that there are none to create. */
function refuseMissing(
  { adapterName }: DatabaseAdapter,
  schemaFiles: CreateTablesOptions['schemaFiles'],
  existing: ExistingNames,
): readonly string[] {
  const missing = parseSchema(schemaFiles).models.filter(({ table }) => !existing.tables.includes(table));
  if (missing.length === 0) return [];
  const tables = missing.map(({ table }) => table).join(', ');
  throw new EnvironmentError(
    'database.unsupported',
    `missing tables cannot be created through ${adapterName}: ${tables}`,
    {
      nextActions: ['create them with `npx prisma db push`, then run this command again'],
    },
  );
}

async function namesIn(adapter: DatabaseAdapter): Promise<ExistingNames> {
  await using connection = await connect(adapter);
  return await existingNames(connection);
}

/** What exists is declared as managed by somebody else, so that the engine has no reason to touch it. */
async function push(
  adapter: object,
  schemaFiles: CreateTablesOptions['schemaFiles'],
  existing: ExistingNames,
): Promise<void> {
  const SchemaEngine = await loadSchemaEngine();
  const files = schemaFiles.map(({ path, content }) => ({ path, content }));
  try {
    const datamodels = files.map(({ path, content }): [string, string] => [path, content]);
    const engine = await SchemaEngine.new({ datamodels }, ignoreLog, adapter);
    const { warnings, unexecutable } = await engine.schemaPush({
      schema: { files },
      force: false,
      filters: { externalTables: [...existing.tables], externalEnums: [...existing.enums] },
    });
    refuseHarm([...unexecutable, ...warnings]);
  } catch (error) {
    throw databaseError(error, 'the tables cannot be created');
  }
}

/** The engine tells its every start; what matters comes back as a result or an error. */
function ignoreLog(): void {}

function refuseHarm(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  throw new EnvironmentError('database.would_lose_data', `the tables were not created: ${reasons.join(' ')}`, {
    nextActions: ['bring the database in line with the schema by hand, or with `npx prisma db push`'],
  });
}
