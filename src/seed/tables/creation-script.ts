import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { SchemaFile } from '../../schema/index.js';
import { loadSchemaEngine } from './schema-engine.js';

/** One statement that makes something new, and what it belongs to. */
export interface Creation {
  readonly sql: string;
  readonly of: 'table' | 'enum' | 'database';
  /** The table or enum; empty for the database itself. */
  readonly name: string;
  /** Makes the table itself, not an index or a foreign key of it. */
  readonly makesTable: boolean;
}

/**
 * Everything that a schema needs of an empty database, as Prisma would make it.
 *
 * The engine only writes the script, and never looks at what the database holds: through `@prisma/adapter-pg` it cannot
 * (it reads system columns of a type that the adapter does not know).
 */
export async function creationScript(
  connection: SqlDriverAdapter,
  schemaFiles: readonly SchemaFile[],
): Promise<readonly Creation[]> {
  const SchemaEngine = await loadSchemaEngine();
  const files = schemaFiles.map(({ path, content }) => ({ path, content }));
  const datamodels = files.map(({ path, content }): [string, string] => [path, content]);
  const engine = await SchemaEngine.new({ datamodels }, ignoreLog, lend(connection));
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return statementsOf(stdout ?? '');
  } finally {
    engine.free();
  }
}

/** The engine tells its every start; what matters comes back as a result or an error. */
function ignoreLog(): void {}

/** Lends the engine a connection that we opened and close: it would leave its own open, and the process waiting. */
function lend(connection: SqlDriverAdapter) {
  const { provider, adapterName } = connection;
  const lent = async () => connection;
  return bindMigrationAwareSqlAdapterFactory({ provider, adapterName, connect: lent, connectToShadowDb: lent });
}

/** The engine puts a comment such as `-- CreateTable` before each statement. */
function statementsOf(script: string): Creation[] {
  return script
    .split(/^-- \w+$/m)
    .map((section) => section.trim().replace(/;$/, ''))
    .filter((sql) => sql !== '' && !/^CREATE SCHEMA IF NOT EXISTS "public"$/.test(sql))
    .map((sql) => ({ sql, makesTable: sql.startsWith('CREATE TABLE'), ...subjectOf(sql) }));
}

const NAME = String.raw`(?:"[^"]+"\.)?"([^"]+)"`;
const OF_TABLE = [`^CREATE TABLE ${NAME}`, `^CREATE (?:UNIQUE )?INDEX "[^"]+" ON ${NAME}`, `^ALTER TABLE ${NAME}`];
const OF_ENUM = [`^CREATE TYPE ${NAME}`];

function subjectOf(sql: string): Pick<Creation, 'of' | 'name'> {
  const named = (patterns: readonly string[]) =>
    patterns.map((pattern) => new RegExp(pattern).exec(sql)?.[1]).find((name) => name !== undefined);
  const table = named(OF_TABLE);
  if (table !== undefined) return { of: 'table', name: table };
  const name = named(OF_ENUM);
  return name === undefined ? { of: 'database', name: '' } : { of: 'enum', name };
}
