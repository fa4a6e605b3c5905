import { afterAll, beforeAll, describe, it } from 'vitest';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';

import { SQLITE_KINDS } from './support/kinds-sqlite.js';
import { assertCases, checkCase, oracleCase } from './support/oracle.js';
import { type ServedKinds, servedCase, serveKinds } from './support/served-kinds.js';
import { type StoredDatabase, sqliteDatabase } from './support/stored-databases.js';

describe('rows of SQLite, compared with SQL written by hand', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedKinds;

  beforeAll(async () => {
    database = await sqliteDatabase();
    adapter = database.adapter();
    served = await serveKinds(database, adapter, SQLITE_KINDS, false);
  });
  afterAll(async () => {
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  it('come each once, whole and in order, whatever the columns, the key, the order, the filter and the place are', async () => {
    await assertCases(oracleCase(SQLITE_KINDS, false), (drawn) => checkCase(database, adapter, drawn));
  }, 3_600_000);

  it('come so over a real server to a real client, in rows and batches, partitions and parts, with every kind of column', async () => {
    await assertCases(servedCase, (drawn) => served.check(drawn));
  }, 3_600_000);
});
