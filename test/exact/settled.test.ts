import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { type ExactProject, openExactProject } from './support/exact-project.js';

const SCHEMA = `
datasource db {
  provider = "postgresql"
}
generator client {
  provider = "prisma-client"
  output   = "./client"
}
model Event {
  id   Int    @id @default(autoincrement())
  text String @default("x")
}
model Other {
  id Int @id
}
`;

describe('a settled stream of PostgreSQL', () => {
  let server: PostgresServer;
  let project: ExactProject;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    project = await openExactProject(SCHEMA, () => new PrismaPg({ connectionString: server.url }));
  });
  beforeEach(async () => {
    const client = await connect();
    await client.query('TRUNCATE "Event", "Other" RESTART IDENTITY');
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await project?.close();
    await server?.stop();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    clients.push(client);
    return client;
  }

  const insert = 'INSERT INTO "Event" DEFAULT VALUES';

  it('ends before a row that a transaction under way may still appear before, and has both once it has ended', async () => {
    const [early, late] = [await connect(), await connect()];
    await early.query('BEGIN');
    await early.query(insert);
    await late.query(insert);
    expect(await project.ids('Event')).toEqual([2]);
    expect(await project.ids('Event', { settled: true })).toEqual([]);
    await early.query('COMMIT');
    expect(await project.ids('Event', { settled: true })).toEqual([1, 2]);
  });

  it('waits for such a transaction, and goes on as soon as it has ended', async () => {
    const early = await connect();
    await early.query('BEGIN');
    await early.query(insert);
    await (await connect()).query(insert);
    const settled = project.ids('Event', { settled: true }, { settings: { yieldTimeout: 30 } });
    await early.query('COMMIT');
    expect(await settled).toEqual([1, 2]);
  });

  it('waits for nobody who does not write to the table, nor for who reads it', async () => {
    const [writer, reader] = [await connect(), await connect()];
    await writer.query('BEGIN');
    await writer.query('INSERT INTO "Other" VALUES (1)');
    await reader.query('BEGIN');
    await reader.query('SELECT * FROM "Event"');
    await (await connect()).query(insert);
    expect(await project.ids('Event', { settled: true })).toEqual([1]);
    await Promise.all([writer.query('ROLLBACK'), reader.query('ROLLBACK')]);
  });

  it('goes on behind a place, and misses nothing however transactions end', async () => {
    const writers = [await connect(), await connect(), await connect()];
    for (const writer of writers) await writer.query('BEGIN');
    for (const writer of writers) await writer.query(insert);
    const seen: number[] = [];
    const poll = async () => {
      const last = seen.at(-1);
      seen.push(...(await project.ids('Event', { settled: true, after: last === undefined ? null : { id: last } })));
    };
    for (const writer of [writers[2], writers[0], writers[1]]) {
      await poll();
      await writer?.query('COMMIT');
      await (await connect()).query(insert);
    }
    await poll();
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is refused in an order that has no end for new rows, and for a part of the table', async () => {
    const descending = project.ids('Event', { settled: true, order: 'EVENT_SORT_ORDER_ID_DESC' });
    await expect(descending).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(project.ids('Event', { settled: true, partition: {} })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
  });
});
