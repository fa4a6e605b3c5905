import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missingPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { type ServedSchema, serveSchema } from './support/served-schema.js';

const SCHEMA = `
datasource db {
  provider = "postgresql"
}
model Note {
  id   Int    @id
  size Int
  @@index([size])
}
`;

const COUNT = 500;
const ids = Array.from({ length: COUNT }, (_, index) => index + 1);

describe('a stream of PostgreSQL', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let served: ServedSchema;

  beforeAll(async () => {
    server = await startPostgres();
    // One connection, so that the test sees what the stream has left on it.
    pool = new pg.Pool({ connectionString: server.url, max: 1 });
    await pool.query('CREATE TABLE "Note" (id INT PRIMARY KEY, size INT NOT NULL)');
    await pool.query('CREATE INDEX ON "Note" (size)');
    await pool.query(`INSERT INTO "Note" SELECT n, n % 9 FROM generate_series(1, ${COUNT}) AS n`);
    served = await serveSchema(SCHEMA, new PrismaPg(pool));
  });
  afterEach(() => pool.query('DISCARD ALL'));
  afterAll(async () => {
    await served?.close();
    await pool?.end();
    await server?.stop();
  });

  const kept = async () => (await pool.query('SELECT statement FROM pg_prepared_statements')).rows;
  const keptPlans = async () => (await kept()).length;

  it('keeps one plan for its chunks, in the order of a key and in that of an index', async () => {
    expect(await served.read('note', { chunkSize: 50 })).toMatchObject({ ids, error: undefined });
    expect(await keptPlans()).toBe(1);
    const bySize = await served.read('note', { chunkSize: 50, order: 'NOTE_SORT_ORDER_SIZE_ASC' });
    expect(bySize.ids).toEqual(ids.toSorted((a, b) => (a % 9) - (b % 9) || a - b));
    expect(await keptPlans()).toBe(2);
  });

  it('keeps none where the best plan depends on values: for a filter, and for a partition that ends before the table', async () => {
    expect((await served.read('note', { chunkSize: 50, filter: { size: { gte: 0 } } })).ids).toEqual(ids);
    expect(await keptPlans()).toBe(0);
    const options = { partitions: 3, ordered: true };
    expect((await served.read('note', { chunkSize: 20 }, options)).ids).toEqual(ids);
    const statements = (await kept()).map(({ statement }) => String(statement));
    expect(statements.filter((text) => text.includes('<='))).toEqual([]);
  });

  it('keeps none in a transaction, which would end with a plan that is gone', async () => {
    const snapshot = await served.read('note', { chunkSize: 50, consistency: 'CONSISTENCY_SNAPSHOT' });
    expect(snapshot).toMatchObject({ ids, error: undefined });
    expect(await keptPlans()).toBe(0);
  });

  it('goes on when its plans are dropped between two chunks, and when its table changes', async () => {
    const found: unknown[] = [];
    for await (const { id } of served.clients.note?.stream({ chunkSize: 20 }) ?? []) {
      found.push(id);
      if (found.length === 100) await pool.query('DISCARD ALL');
      if (found.length === 300) await pool.query('ALTER TABLE "Note" ALTER size TYPE bigint');
    }
    expect(found).toEqual(ids);
  });
});

describe.skipIf(missingPgBouncer)('streams through a PgBouncer in transaction mode', () => {
  let server: PostgresServer;
  let pooler: PgBouncer;
  let pool: pg.Pool;
  let served: ServedSchema;

  beforeAll(async () => {
    server = await startPostgres();
    pooler = await startPgBouncer(server.url);
    pool = new pg.Pool({ connectionString: pooler.url, max: 4 });
    await pool.query('CREATE TABLE "Note" (id INT PRIMARY KEY, size INT NOT NULL)');
    await pool.query(`INSERT INTO "Note" SELECT n, n % 9 FROM generate_series(1, ${COUNT}) AS n`);
    served = await serveSchema(SCHEMA, new PrismaPg(pool));
  });
  afterAll(async () => {
    await served?.close();
    await pool?.end();
    await pooler?.stop();
    await server?.stop();
  });

  it('leave no statement on the connections that they share with others, and bring each row once', async () => {
    const streams = Array.from({ length: 8 }, () => served.read('note', { chunkSize: 10 }));
    for (const { ids: found, error } of await Promise.all(streams)) expect([found, error]).toEqual([ids, undefined]);
    const left = Array.from({ length: 8 }, () => pool.query('SELECT name, pg_sleep(0.01) FROM pg_prepared_statements'));
    expect((await Promise.all(left)).flatMap(({ rows }) => rows)).toEqual([]);
  });
});
