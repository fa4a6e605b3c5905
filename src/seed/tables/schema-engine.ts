import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { EnvironmentError } from '../../errors/index.js';
import type { SchemaFile } from '../../schema/index.js';

// Prisma's schema engine as wasm, which `prisma db push` runs as a binary that it downloads. It is no public interface of Prisma's: its
// version is pinned, only this file uses it, and a script in another form than expected is an error.

/** One statement that creates something, and its subject. */
export interface Creation {
  readonly sql: string;
  readonly of: 'table' | 'enum' | 'database';
  /** The table or enum; empty for the database itself. */
  readonly name: string;
  /** The namespace that the statement names; undefined for that of the connection. */
  readonly namespace: string | undefined;
  /** Creates the table itself, not an index or a foreign key of it. */
  readonly makesTable: boolean;
}

/**
 * Lists the statements that create everything that a schema declares in an empty database, as Prisma would.
 *
 * The engine only writes the script, and does not read the database: through `@prisma/adapter-pg` it cannot, since it reads system columns
 * whose type that adapter does not know.
 *
 * @throws EnvironmentError when the engine is not the one that this package expects.
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
    return parseCreationScript(stdout);
  } finally {
    engine.free();
  }
}

/** The engine logs every start; anything important comes back as a result or an error. */
function ignoreLog(): void {}

/** Lends the engine the open connection, which the caller closes: it would never close one of its own, and the process could not end. */
function lend(connection: SqlDriverAdapter) {
  const { provider, adapterName } = connection;
  const lent = async () => connection;
  return bindMigrationAwareSqlAdapterFactory({ provider, adapterName, connect: lent, connectToShadowDb: lent });
}

/** Statements by the comment that the engine writes before each: what the statement belongs to, and how it begins. */
const SUBJECTS: Readonly<Record<string, { readonly of: Creation['of']; readonly begins: RegExp }>> = {
  CreateSchema: { of: 'database', begins: /^CREATE SCHEMA/ },
  CreateExtension: { of: 'database', begins: /^CREATE EXTENSION/ },
  CreateEnum: { of: 'enum', begins: named('CREATE TYPE') },
  CreateTable: { of: 'table', begins: named('CREATE TABLE') },
  CreateIndex: { of: 'table', begins: named('CREATE (?:UNIQUE )?INDEX "[^"]+" ON') },
  AddForeignKey: { of: 'table', begins: named('ALTER TABLE') },
};

/** Matches the beginning of a statement and captures the namespace and the name of its table or enum. */
function named(beginning: string): RegExp {
  return new RegExp(String.raw`^${beginning} (?:"([^"]+)"\.)?"([^"]+)"`);
}

/**
 * Splits the engine's script into statements.
 *
 * @throws EnvironmentError when a part of it is in an unknown form: a statement must never be skipped, or run when it should not be.
 */
export function parseCreationScript(script: string | null | undefined): Creation[] {
  if (typeof script !== 'string') throw unknownEngine('it wrote no script');
  const [before = '', ...parts] = script.split(/^-- (?=\w+$)/m);
  // The script of a schema without models is a comment.
  if (before.replace(/^--.*$/gm, '').trim() !== '')
    throw unknownEngine(`its script begins with ${before.slice(0, 60)}`);
  return parts.flatMap((part) => {
    const [kind = '', ...lines] = part.split('\n');
    const sql = lines.join('\n').trim().replace(/;$/, '');
    const subject = SUBJECTS[kind];
    const match = subject?.begins.exec(sql);
    if (!subject || !match) throw unknownEngine(`it wrote ${kind} as ${sql.slice(0, 60)}`);
    // It exists in every database.
    if (/^CREATE SCHEMA IF NOT EXISTS "public"$/.test(sql)) return [];
    const [, namespace, name = ''] = match;
    return [{ sql, of: subject.of, namespace, name, makesTable: kind === 'CreateTable' }];
  });
}

let loading: Promise<typeof glue.SchemaEngine> | undefined;

/** Instantiates the engine on first use, which takes some 50 ms, and once per process. */
function loadSchemaEngine(): Promise<typeof glue.SchemaEngine> {
  loading ??= instantiate();
  return loading;
}

/** Node has it; TypeScript declares it only for browsers. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start?(): void } } }>;
};

/** The package's own entry imports the `.wasm` file as a module, which Node 20 does not support. */
async function instantiate(): Promise<typeof glue.SchemaEngine> {
  try {
    const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const bytes = await readFile(path.replace(/\.js$/, '.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start?.();
    return glue.SchemaEngine;
  } catch (cause) {
    throw unknownEngine('it cannot be loaded', cause);
  }
}

function unknownEngine(what: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError('database.schema_engine', `Prisma's schema engine is not the expected one: ${what}`, {
    cause,
    nextActions: [
      'install the version of @prisma/schema-engine-wasm that the package.json of grpc-stream names',
      'or create the tables with `npx prisma db push`',
    ],
  });
}
