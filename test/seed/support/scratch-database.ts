import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaModel } from '../../../src/model/index.js';
import { parseSchema, readSchemaFiles, type SchemaFile } from '../../../src/schema/index.js';
import { createTables } from '../../../src/seed/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

/** A real SQLite file with the tables of a fixture, removed when the test has finished. */
export interface ScratchDatabase {
  readonly adapter: SqlDriverAdapterFactory;
  readonly url: string;
  readonly schema: SchemaModel;
  readonly schemaFiles: readonly SchemaFile[];
  /** The rows of a query, as objects by column. */
  select(sql: string): Promise<Record<string, unknown>[]>;
  execute(sql: string): Promise<void>;
}

export async function scratchDatabase(fixture: string): Promise<ScratchDatabase> {
  const database = await emptyDatabase(fixture);
  await createTables(database);
  return database;
}

/** The same, without any table. */
export async function emptyDatabase(fixture: string): Promise<ScratchDatabase> {
  const url = `file:${join(await temporaryFolder(), 'scratch.db')}`;
  const schemaFiles = await readSchemaFiles(fixturePath(fixture));
  const adapter = new PrismaBetterSqlite3({ url });
  return {
    adapter,
    url,
    schemaFiles,
    schema: parseSchema(schemaFiles),
    select: (sql) => select(adapter, sql),
    execute: (sql) => execute(adapter, sql),
  };
}

export function fixturePath(fixture: string): string {
  return join(import.meta.dirname, '../fixtures', fixture, 'schema.prisma');
}

async function select(adapter: SqlDriverAdapterFactory, sql: string): Promise<Record<string, unknown>[]> {
  const connection = await adapter.connect();
  try {
    const { columnNames, rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
    return rows.map((row) => Object.fromEntries(columnNames.map((name, index) => [name, row[index]])));
  } finally {
    await connection.dispose();
  }
}

async function execute(adapter: SqlDriverAdapterFactory, sql: string): Promise<void> {
  const connection = await adapter.connect();
  try {
    await connection.executeScript(sql);
  } finally {
    await connection.dispose();
  }
}
