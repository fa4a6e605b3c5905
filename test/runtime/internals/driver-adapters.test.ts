import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseInternals } from '../../../src/runtime/internals/database-internals.js';
import {
  adapterError,
  closeReader,
  inTransaction,
  isReaderFactory,
  readerOf,
} from '../../../src/runtime/internals/driver-adapter.js';
import {
  cancellerOf,
  type DriverConnection,
  driverOf,
  lenderOf,
  withMethods,
} from '../../../src/runtime/internals/driver-pools.js';
import { type RunningDatabase, storyDatabases } from '../../support/databases.js';
import { suiteFolder } from '../../support/suite-folder.js';
import { without } from '../../support/without.js';

/** Fewer connections than the rounds below: one that is not given back is missed. */
const CONNECTIONS = 3;
const ROUNDS = 10;

function adapterOf({ url, adapter }: RunningDatabase): SqlDriverAdapterFactory {
  if (adapter.provider === 'postgres') return new PrismaPg({ connectionString: url, max: CONNECTIONS });
  return adapter.provider === 'mysql' ? new PrismaMariaDb(`${url}?connectionLimit=${CONNECTIONS}`) : adapter;
}

const query = (sql: string) => ({ sql, args: [], argTypes: [] });
const INSERT = query('INSERT INTO item VALUES (1)');

for (const { name, missing, start } of storyDatabases) {
  describe.skipIf(missing !== undefined)(`the installed driver adapter of ${name}`, () => {
    const folder = suiteFolder();
    let database: RunningDatabase;
    let adapter: SqlDriverAdapterFactory;
    let connection: SqlDriverAdapter;

    beforeAll(async () => {
      database = await start(folder.path);
      adapter = adapterOf(database);
      connection = await adapter.connect();
      await connection.executeRaw(query('CREATE TABLE item (id INTEGER)'));
    });
    beforeEach(async () => void (await connection.executeRaw(query('DELETE FROM item'))));
    afterAll(async () => {
      await closeReader(adapter);
      await connection.dispose();
      await database.stop();
    });

    const numberFrom = async (sql: string) => Number((await connection.queryRaw(query(sql))).rows[0]?.[0]);
    const count = () => numberFrom('SELECT count(*) FROM item');

    it('has every part that is used', async () => {
      const internals = await databaseInternals({}, connection);
      expect(internals.filter(({ works }) => !works)).toEqual([]);
      expect(internals).toHaveLength(connection.provider === 'sqlite' ? 5 : 4);
    });

    it('is a driver adapter, and connects once for every stream', async () => {
      expect(isReaderFactory(adapter)).toBe(true);
      const first = await readerOf(adapter);
      expect(await readerOf(adapter)).toBe(first);
      expect(first.provider).toBe(adapter.provider);
    });

    it('keeps what a transaction wrote, and gives its connection back', async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        await inTransaction(connection, (transaction) => transaction.executeRaw(INSERT));
        expect(await count()).toBe(round);
      }
    });

    it('undoes what a failed transaction wrote, and gives its connection back', async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        const failing = inTransaction(connection, async (transaction) => {
          await transaction.executeRaw(INSERT);
          throw new Error('enough');
        });
        await expect(failing).rejects.toThrow('enough');
        expect(await count()).toBe(0);
      }
    });

    it('reports an error of its driver by its kind', async () => {
      const failure = await inTransaction(connection, (transaction) => failureOf(driverOf(transaction))).catch(
        (error: unknown) => error,
      );
      expect(failure).not.toHaveProperty('cause.kind');
      expect(adapterError(connection, failure)).toMatchObject({ cause: { kind: 'TableDoesNotExist' } });
    });

    it.each([
      ['client', 'the client property of the driver adapter'],
      ['onError', 'the onError method of the driver adapter'],
      ['startTransaction', "the client property of the driver adapter's transactions"],
    ])('is reported without its %s, and is not used past it', async (property, reported) => {
      const changed = without(connection, property);
      const missing = (await databaseInternals({}, changed)).filter(({ works }) => !works);
      expect(missing.map(({ name }) => name)).toEqual([reported]);
      const error = new Error('of the driver');
      if (property === 'onError') expect(adapterError(changed, error)).toBe(error);
      if (property === 'client') expect(lenderOf(changed)).toBeUndefined();
    });

    describe.skipIf(name === 'SQLite')('over its pool', () => {
      const statements = STATEMENTS[name] as Statements;
      const lend = async (): Promise<DriverConnection> => {
        const lent = await lenderOf(connection)?.();
        if (!lent) throw new Error('the adapter has no pool in its place');
        return lent;
      };
      /** Starts a query that takes longer than a test, and ends it once the database runs it. */
      async function endWhileRunning(reader: DriverConnection['reader'], cancel: () => Promise<void>): Promise<void> {
        const failure = expect(reader.queryRaw(query(statements.sleep))).rejects.toThrow();
        while ((await numberFrom(statements.countSleeping)) === 0) {}
        await cancel();
        await failure;
      }

      it('lends a connection, and reads over it', async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const { reader, driver, release } = await lend();
          const { rows } = await reader.queryRaw(query(statements.session));
          release(false);
          expect(String(rows[0]?.[0])).toBe(sessionOf(driver));
        }
      });

      it('lends connections to a reader whose methods are replaced', async () => {
        const changed = withMethods(connection, { queryRaw: () => Promise.reject(new Error('replaced')) });
        const lent = await lenderOf(changed)?.();
        await expect(lent?.reader.queryRaw(query('SELECT 1'))).resolves.toHaveProperty('rows');
        lent?.release(false);
      });

      it('ends the query of a connection, and lends others in its place', async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const lent = await lend();
          await endWhileRunning(lent.reader, lent.cancel);
          lent.release(true);
        }
      });

      it('ends the query of a transaction, which runs on the connection beneath it', async () => {
        const transaction = await connection.startTransaction();
        const { rows } = await transaction.queryRaw(query(statements.session));
        expect(sessionOf(driverOf(transaction))).toBe(String(rows[0]?.[0]));
        const cancel = cancellerOf(connection, transaction);
        if (!cancel) throw new Error('the transaction has no connection of the driver in its place');
        await endWhileRunning(transaction, cancel);
        await transaction.rollback().catch(() => {});
      });
    });
  });
}

interface Statements {
  /** Asks for the number of the session, which the driver knows as well. */
  readonly session: string;
  readonly sleep: string;
  readonly countSleeping: string;
}

const STATEMENTS: Readonly<Record<string, Statements>> = {
  PostgreSQL: {
    session: 'SELECT pg_backend_pid()',
    sleep: 'SELECT pg_sleep(600)',
    countSleeping: "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'",
  },
  MariaDB: {
    session: 'SELECT connection_id()',
    sleep: 'SELECT sleep(600)',
    countSleeping: "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT sleep(600)'",
  },
};

function sessionOf(driver: object | undefined): string {
  return String(Reflect.get(Object(driver), 'processID') ?? Reflect.get(Object(driver), 'threadId'));
}

/** The driver's own error, for a table that does not exist. */
async function failureOf(driver: object | undefined): Promise<unknown> {
  const [prepare, run]: unknown[] = ['prepare', 'query'].map((method) => Reflect.get(Object(driver), method));
  const ask = typeof prepare === 'function' ? prepare : run;
  if (typeof ask !== 'function') throw new Error('the driver has no method that takes SQL');
  return ask.call(driver, 'SELECT * FROM no_such_table');
}
