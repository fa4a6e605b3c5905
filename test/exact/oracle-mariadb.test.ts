import { afterAll, beforeAll, describe, it } from 'vitest';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';
import { missingMariaDb } from '../support/mariadb.js';
import { MARIADB_KINDS } from './support/kinds-mariadb.js';
import { assertCases, checkCase, oracleCase } from './support/oracle.js';
import { type ServedKinds, servedCase, serveKinds } from './support/served-kinds.js';
import { mariaDbDatabase, type StoredDatabase } from './support/stored-databases.js';

const missing = missingMariaDb();
if (missing) process.stderr.write(`Skipped on MariaDB: ${missing}\n`);
describe.skipIf(missing)('rows of MariaDB, compared with SQL written by hand', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedKinds;

  beforeAll(async () => {
    database = await mariaDbDatabase();
    adapter = database.adapter();
    served = await serveKinds(database, adapter, MARIADB_KINDS, false);
  });
  afterAll(async () => {
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  it('come each once, whole and in order, whatever the columns, the key, the order, the filter and the place are', async () => {
    await assertCases(oracleCase(MARIADB_KINDS, false), (drawn) => checkCase(database, adapter, drawn));
  }, 3_600_000);

  it('come so over a real server to a real client, in rows and batches, partitions and parts, with every kind of column', async () => {
    await assertCases(servedCase, (drawn) => served.check(drawn));
  }, 3_600_000);
});
