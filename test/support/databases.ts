import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { ScaffoldProvider } from '../../src/scaffold/index.js';
import { readSchemaFiles } from '../../src/schema/index.js';
import { createTables } from '../../src/seed/index.js';
import type { DatabaseServer } from './database-server.js';
import { missingMariaDb, startMariaDb } from './mariadb.js';
import { startPostgres } from './postgres.js';

/** A kind of database that a project can live on. */
export interface StoryDatabase {
  readonly name: string;
  readonly provider: ScaffoldProvider;
  /** Why there is none to be had here; undefined where there is. */
  readonly missing?: string | undefined;
  start(folder: string): Promise<RunningDatabase>;
}

export interface RunningDatabase {
  /** As a project's `DATABASE_URL` has it. */
  readonly url: string;
  /** Reaches it past everything that is tested. */
  readonly adapter: SqlDriverAdapterFactory;
  /** Ends it and begins anew; undefined where it is a file and nothing that runs. */
  readonly restart?: DatabaseServer['restart'];
  /** Makes the tables of a project. */
  createTables(project: string): Promise<void>;
  stop(): Promise<void>;
}

export const storyDatabases: readonly StoryDatabase[] = [
  {
    name: 'SQLite',
    provider: 'sqlite',
    start: async (folder) => {
      const url = `file:${join(folder, 'story.db')}`;
      const adapter = new PrismaBetterSqlite3({ url });
      return { url, adapter, createTables: (project) => tables(project, adapter), stop: async () => {} };
    },
  },
  {
    name: 'PostgreSQL',
    provider: 'postgresql',
    start: async () => {
      const server = await startPostgres();
      const adapter = new PrismaPg({ connectionString: server.url });
      return { ...server, adapter, createTables: (project) => tables(project, adapter) };
    },
  },
  {
    name: 'MariaDB',
    provider: 'mysql',
    missing: missingMariaDb(),
    start: async () => {
      const server = await startMariaDb();
      // Its pool opens all of its connections at once.
      const adapter = new PrismaMariaDb(`${server.url}?connectionLimit=1`);
      return { ...server, adapter, createTables: () => runScript(adapter, 'library.mysql.sql') };
    },
  },
];

async function tables(project: string, adapter: SqlDriverAdapterFactory): Promise<void> {
  await createTables({ adapter, schemaFiles: await readSchemaFiles(join(project, 'prisma/schema.prisma')) });
}

async function runScript(adapter: SqlDriverAdapterFactory, file: string): Promise<void> {
  const script = await readFile(join(import.meta.dirname, file), 'utf8');
  const connection = await adapter.connect();
  try {
    for (const sql of script.split(/;\n/).filter((statement) => statement.trim() !== '')) {
      await connection.executeRaw({ sql, args: [], argTypes: [] });
    }
  } finally {
    await connection.dispose();
  }
}
