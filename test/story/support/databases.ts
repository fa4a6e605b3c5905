import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { createTables, type DatabaseAdapter } from '../../../src/database/index.js';
import type { ScaffoldProvider } from '../../../src/scaffold/index.js';
import { readSchemaFiles } from '../../../src/schema/index.js';
import { missingMariaDb, startMariaDb } from '../../runtime/support/mariadb.js';
import { startPostgres } from '../../runtime/support/postgres.js';

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
      return {
        url,
        createTables: (project) => tables(project, new PrismaBetterSqlite3({ url })),
        stop: async () => {},
      };
    },
  },
  {
    name: 'PostgreSQL',
    provider: 'postgresql',
    start: async () => {
      const { url, stop } = await startPostgres();
      const adapter = new PrismaPg({ connectionString: url });
      return { url, createTables: (project) => tables(project, adapter), stop };
    },
  },
  {
    name: 'MariaDB',
    provider: 'mysql',
    missing: missingMariaDb(),
    start: async () => {
      const { url, stop } = await startMariaDb();
      return { url, createTables: () => runScript(url, 'library.mysql.sql'), stop };
    },
  },
];

async function tables(project: string, adapter: DatabaseAdapter): Promise<void> {
  await createTables({ adapter, schemaFiles: await readSchemaFiles(join(project, 'prisma/schema.prisma')) });
}

async function runScript(url: string, file: string): Promise<void> {
  const script = await readFile(join(import.meta.dirname, file), 'utf8');
  const connection = await new PrismaMariaDb(url).connect();
  try {
    for (const sql of script.split(/;\n/).filter((statement) => statement.trim() !== '')) {
      await connection.executeRaw({ sql, args: [], argTypes: [] });
    }
  } finally {
    await connection.dispose();
  }
}
