import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isSqliteDriver,
  type SqliteDriver,
  sqliteDriverOf,
  sqliteModuleOf,
} from '../../../src/runtime/internals/better-sqlite3.js';
import { closeReader, readerOf, type SqlReader } from '../../../src/runtime/internals/driver-adapter.js';
import { suiteFolder } from '../../support/suite-folder.js';

describe('the installed better-sqlite3, beneath its driver adapter', () => {
  const folder = suiteFolder();
  let file: string;
  let adapter: PrismaBetterSqlite3;
  let connection: SqlReader;
  let driver: SqliteDriver;

  beforeAll(async () => {
    file = join(folder.path, 'items.db');
    adapter = new PrismaBetterSqlite3({ url: `file:${file}` });
    connection = await readerOf(adapter);
    const found = sqliteDriverOf(connection);
    if (!found) throw new Error('the adapter has no better-sqlite3 database in its place');
    driver = found;
    await run('CREATE TABLE item (id INTEGER, price DECIMAL(10, 2), name)');
    await run("INSERT INTO item VALUES (9007199254740993, 1.5, 'a')");
  });
  afterAll(() => closeReader(adapter));

  const run = (sql: string) => connection.queryRaw({ sql, args: [], argTypes: [] });

  it('is the connection that the adapter uses', async () => {
    expect(driver.name).toBe(file);
    await run('CREATE TEMP TABLE of_this_connection (id INTEGER)');
    expect(driver.prepare('SELECT id FROM of_this_connection').raw().all([])).toEqual([]);
  });

  it('is of the module that another thread can load', () => {
    const module = sqliteModuleOf(driver);
    expect(createRequire(import.meta.url)(String(module))).toBe(driver.constructor);
    expect(driver.memory).toBe(false);
  });

  it('returns rows as arrays, and integers as bigints or as numbers', () => {
    const statement = driver.prepare('SELECT id, price, name FROM item WHERE name = ?').raw();
    expect(statement.safeIntegers(true).all(['a'])).toEqual([[9007199254740993n, 1.5, 'a']]);
    expect(statement.safeIntegers(false).all(['a'])).toEqual([[9007199254740992, 1.5, 'a']]);
  });

  it('returns the types of columns as they were declared, and null for an expression', () => {
    const types = driver
      .prepare('SELECT id, price, name, id + 1 FROM item')
      .columns()
      .map(({ type }) => type);
    expect(types).toEqual(['INTEGER', 'DECIMAL(10, 2)', null, null]);
  });

  it('calls JavaScript functions in SQL, also when they are defined twice', () => {
    for (const sign of ['-', '+']) {
      driver.function('signed', { deterministic: true, safeIntegers: true }, (value) => `${sign}${typeof value}`);
    }
    expect(driver.prepare('SELECT signed(id) FROM item').raw().all([])).toEqual([['+bigint']]);
  });
});

describe('a connection that is not as expected', () => {
  it('has no driver', () => {
    const connection = { provider: 'sqlite', queryRaw: async () => ({ rows: [] }), dispose: async () => {} };
    expect(sqliteDriverOf(connection)).toBeUndefined();
    expect(sqliteDriverOf(Object.assign(connection, { client: { name: 'items.db' } }))).toBeUndefined();
    expect(isSqliteDriver({ prepare() {}, function() {}, defaultSafeIntegers() {} })).toBe(false);
  });
});
