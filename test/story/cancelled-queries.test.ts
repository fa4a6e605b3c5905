import { type ClientReadableStream, status as Status } from '@grpc/grpc-js';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BookClient, bookClient } from '../support/book-client.js';
import { type RunningDatabase, storyDatabases } from '../support/databases.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';

/** How an administrator keeps everybody from the books, and counts who waits for them. */
const KINDS = {
  postgresql: {
    adapter: (url: string): SqlDriverAdapterFactory => new PrismaPg({ connectionString: url }),
    lock: 'LOCK TABLE "Book" IN ACCESS EXCLUSIVE MODE',
    unlock: 'COMMIT',
    /** As the project's database.ts asks for it. */
    timeout: { env: { DATABASE_STATEMENT_TIMEOUT: '6' } },
    waiting: `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"Book"%'`,
  },
  mysql: {
    adapter: (url: string): SqlDriverAdapterFactory => new PrismaMariaDb(url),
    lock: 'LOCK TABLES `Book` WRITE',
    unlock: 'UNLOCK TABLES',
    /** As its .env.example says. */
    timeout: { sql: 'ALTER USER CURRENT_USER() WITH MAX_STATEMENT_TIME 6' },
    waiting: `SELECT CAST(count(*) AS INT) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'`,
  },
};

/** Every way to a row. */
const REQUESTS = [
  ['by SQL', {}],
  ['by a filter', { filter: { title: { contains: 'x' } } }],
  ['in a snapshot by SQL', { consistency: 'CONSISTENCY_SNAPSHOT' }],
  ['in a snapshot by a filter', { filter: { title: { contains: 'x' } }, consistency: 'CONSISTENCY_SNAPSHOT' }],
] as const;

for (const { name, provider, missing, start } of storyDatabases) {
  if (provider === 'sqlite') continue;
  if (missing) process.stderr.write(`Skipped on ${name}: ${missing}\n`);
  describe.skipIf(missing)(`a long query of a server on ${name}`, () => {
    const kind = KINDS[provider];
    let project: Awaited<ReturnType<typeof generatedProject>>;
    let database: RunningDatabase;
    let server: ServedProject;
    let client: BookClient;
    let unlock: () => Promise<void>;

    beforeAll(async () => {
      project = await generatedProject(provider);
      database = await start(project.folder);
      await database.createTables(project.folder);
      server = await serveProject(project.folder, database);
      await server.logLine('the database answers');
      client = bookClient(project.folder, server.address);
      unlock = await lockBooks();
    }, 300_000);
    afterEach(() => queriesWaiting(0));
    afterAll(async () => {
      client?.close();
      await server?.kill();
      await unlock?.();
      await database?.stop();
      await project?.remove();
    });

    it.each(REQUESTS)('ends at the database when the client leaves, read %s', async (_, request) => {
      const stream = client.open('streamBooks', request).on('error', () => {});
      await queriesWaiting(1);
      stream.cancel();
      await queriesWaiting(0);
    });

    it("ends at the database when the client's deadline passes, also for partitions", async () => {
      const deadline = Date.now() + 4000;
      const ended = REQUESTS.map(([, request]) => endOf(client.open('streamBooks', request, { deadline })));
      const split = client.partition(2, { deadline }).catch(String);
      await queriesWaiting(REQUESTS.length + 1);
      await Promise.all(ended);
      expect(await split).toContain('DEADLINE_EXCEEDED');
      await queriesWaiting(0);
    });

    it('ends at the database when the server shuts down', async () => {
      const ended = REQUESTS.map(([, request]) => endOf(client.open('streamBooks', request)));
      await queriesWaiting(REQUESTS.length);
      expect(await server.terminate()).toBe(0);
      await Promise.all(ended);
      await queriesWaiting(0);
    });

    it('ends by the statement timeout, which the client sees, also after the server was killed', async () => {
      const { env, sql }: { env?: Readonly<Record<string, string>>; sql?: string } = kind.timeout;
      if (sql) await administer((connection) => connection.executeRaw({ sql, args: [], argTypes: [] }));
      await unlock();
      const doomed = await serveProject(project.folder, database, env ? { env } : {});
      await doomed.logLine('the database answers');
      unlock = await lockBooks();
      const its = bookClient(project.folder, doomed.address);
      const ask = () => REQUESTS.map(([, request]) => endOf(its.open('streamBooks', request)));
      const aborted = {
        code: Status.ABORTED,
        details: expect.stringContaining('the database took too long for a query'),
      };
      expect(await Promise.all(ask())).toMatchObject(REQUESTS.map(() => aborted));
      const ended = ask();
      await queriesWaiting(REQUESTS.length);
      await doomed.kill();
      await Promise.all(ended);
      its.close();
      await queriesWaiting(0);
    });

    it('of health ends at the database when its timeout passes', async () => {
      const starting = await serveProject(project.folder, database);
      await queriesWaiting(1);
      await starting.logLine(/does not answer/);
      await queriesWaiting(0);
      await starting.kill();
    });

    /** Nothing but a cancelling ends a query before the function that this returns is called. */
    async function lockBooks(): Promise<() => Promise<void>> {
      const connection = await kind.adapter(database.url).connect();
      const transaction = await connection.startTransaction();
      await transaction.executeRaw({ sql: kind.lock, args: [], argTypes: [] });
      return async () => {
        await transaction.executeRaw({ sql: kind.unlock, args: [], argTypes: [] });
        await transaction.commit();
        await connection.dispose();
      };
    }

    async function queriesWaiting(count: number): Promise<void> {
      await administer(async (connection) => {
        const waiting = async () => {
          const { rows } = await connection.queryRaw({ sql: kind.waiting, args: [], argTypes: [] });
          return Number(rows[0]?.[0]);
        };
        await expect.poll(waiting, { timeout: 30_000 }).toBe(count);
      });
    }

    async function administer(work: (connection: SqlDriverAdapter) => Promise<unknown>): Promise<void> {
      const connection = await kind.adapter(database.url).connect();
      try {
        await work(connection);
      } finally {
        await connection.dispose();
      }
    }
  });
}

function endOf(stream: ClientReadableStream<unknown>): Promise<unknown> {
  stream.on('error', () => {});
  return new Promise((resolve) => stream.on('status', resolve));
}
