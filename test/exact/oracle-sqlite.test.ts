import { afterAll, beforeAll, describe, it } from 'vitest';
import { closeReader } from '../../src/runtime/index.js';
import type { DatabaseAdapter } from '../../src/seed/index.js';
import { SQLITE_KINDS } from './support/kinds-sqlite.js';
import { assertOracle, oracleCase } from './support/oracle.js';
import { type StoredDatabase, sqliteDatabase } from './support/stored-databases.js';

describe('tables of any columns', () => {
  let database: StoredDatabase;
  let adapter: DatabaseAdapter;

  beforeAll(async () => {
    database = await sqliteDatabase();
    adapter = database.adapter();
  });
  afterAll(async () => {
    await closeReader(adapter);
    await database?.stop();
  });

  it('stream', async () => {
    await assertOracle(
      () => database,
      () => adapter,
      oracleCase(SQLITE_KINDS, false),
    );
  }, 3_600_000);
});
