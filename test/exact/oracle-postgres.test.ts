import { afterAll, beforeAll, describe, it } from 'vitest';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';

import { POSTGRES_KINDS } from './support/kinds-postgres.js';
import { assertCases, checkCase, oracleCase } from './support/oracle.js';
import { type ServedKinds, servedCase, serveKinds } from './support/served-kinds.js';
import { postgresDatabase, type StoredDatabase } from './support/stored-databases.js';

describe('rows of PostgreSQL, compared with SQL written by hand', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedKinds;

  beforeAll(async () => {
    database = await postgresDatabase();
    adapter = database.adapter();
    served = await serveKinds(database, adapter, POSTGRES_KINDS, true);
  });
  afterAll(async () => {
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  it('come each once, whole and in order, whatever the columns, the key, the order, the filter and the place are', async () => {
    await assertCases(oracleCase(POSTGRES_KINDS, true), (drawn) => checkCase(database, adapter, drawn));
  }, 3_600_000);

  it('come so over a real server to a real client, in rows and batches, partitions and parts, with every kind of column', async () => {
    await assertCases(servedCase, (drawn) => served.check(drawn));
  }, 3_600_000);
});
