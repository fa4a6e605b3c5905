import { afterAll, beforeAll, describe, it } from 'vitest';
import { closeReader } from '../../src/runtime/index.js';
import type { DatabaseAdapter } from '../../src/seed/index.js';
import { POSTGRES_KINDS } from './support/kinds-postgres.js';
import { assertOracle, oracleCase } from './support/oracle.js';
import { postgresDatabase, type StoredDatabase } from './support/stored-databases.js';

describe('tables of any columns', () => {
  let database: StoredDatabase;
  let adapter: DatabaseAdapter;

  beforeAll(async () => {
    database = await postgresDatabase();
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
      oracleCase(POSTGRES_KINDS, true),
    );
  }, 3_600_000);
});
