import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { describe, expect, test } from 'vitest';
import { createTables } from '../../src/seed/index.js';
import { emptyDatabase, scratchDatabase } from './support/scratch-database.js';

describe('createTables', () => {
  test('creates the tables that are missing, and names them', async () => {
    const database = await emptyDatabase('library');
    expect(await createTables(database)).toEqual(['Author', 'books', 'Review']);
    expect(await createTables(database)).toEqual([]);
  });

  test('creates only the tables that do not exist', async () => {
    const database = await emptyDatabase('library');
    await database.execute('CREATE TABLE "Author" ("id" INTEGER PRIMARY KEY, "name" TEXT, "born" INTEGER)');
    await database.execute(`INSERT INTO "Author" VALUES (1, 'Ada', 1815)`);
    expect(await createTables(database)).toEqual(['books', 'Review']);
    expect(await database.select('SELECT * FROM "Author"')).toEqual([{ id: 1, name: 'Ada', born: 1815 }]);
  });

  test('does not change tables that are not in the schema', async () => {
    const database = await emptyDatabase('library');
    await database.execute('CREATE TABLE "sessions" ("token" TEXT)');
    await createTables(database);
    expect(await database.select('SELECT * FROM "sessions"')).toEqual([]);
  });

  test('sends MySQL users to `prisma db push` when tables are missing', async () => {
    const database = await emptyDatabase('library');
    await expect(createTables({ ...database, adapter: withoutTables('mysql') })).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'missing tables cannot be created through a-driver: Author, books, Review',
      nextActions: ['create them with `npx prisma db push`, then run this command again'],
    });
  });

  test('says why a database cannot be opened', async () => {
    const { schemaFiles } = await emptyDatabase('library');
    const adapter = new PrismaBetterSqlite3({ url: 'file:/nowhere/at/all.db' });
    await expect(createTables({ adapter, schemaFiles })).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'the database cannot be opened: Cannot open database because the directory does not exist',
    });
  });

  test('says when a file is not a database', async () => {
    const { schemaFiles } = await scratchDatabase('library');
    const adapter = new PrismaBetterSqlite3({ url: `file:${import.meta.filename}` });
    await expect(createTables({ adapter, schemaFiles })).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'the database cannot be read: file is not a database',
    });
  });

  test('closes the connection of a driver adapter that can only read, and says so', async () => {
    const { schemaFiles } = await emptyDatabase('library');
    let isClosed = false;
    const connection = {
      provider: 'sqlite',
      queryRaw: async () => ({ rows: [] }),
      dispose: async () => {
        isClosed = true;
      },
    };
    const adapter = { provider: 'sqlite', connect: async () => connection };
    await expect(createTables({ adapter, schemaFiles })).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'the driver adapter can only read',
    });
    expect(isClosed).toBe(true);
  });
});

/** A driver of an empty database. */
function withoutTables(provider: 'mysql'): SqlDriverAdapterFactory {
  const info = { provider, adapterName: 'a-driver' };
  const unused = () => Promise.reject(new Error('not expected'));
  return {
    ...info,
    connect: async () => ({
      ...info,
      queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
      executeRaw: unused,
      executeScript: unused,
      startTransaction: unused,
      dispose: async () => undefined,
    }),
  };
}
