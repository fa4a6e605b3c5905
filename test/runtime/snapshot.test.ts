import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeCall, inMemoryDelegate } from '../../src/testing/index.js';
import { itemService } from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import type { Client } from '../support/open-project.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { openTwoRoads, type TwoRoads } from '../support/two-roads.js';

const schemaFor = (provider: string) => `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "${provider}"
}
model Note {
  id   Int    @id
  text String
}
`;

const databases = {
  async SQLite() {
    const adapterIn = (folder: string) => new PrismaBetterSqlite3({ url: `file:${join(folder, 'notes.db')}` });
    const roads = await openTwoRoads(schemaFor('sqlite'), adapterIn);
    // Without it, SQLite keeps writers waiting as long as a transaction reads.
    await roads.prisma.$queryRawUnsafe('PRAGMA journal_mode = WAL');
    return { roads, stop: async () => {} };
  },
  async PostgreSQL() {
    const server: PostgresServer = await startPostgres();
    const roads = await openTwoRoads(
      schemaFor('postgresql'),
      () => new PrismaPg({ connectionString: server.url, max: 2 }),
    );
    return { roads, stop: () => server.stop() };
  },
};

describe.each(Object.entries(databases))('a snapshot of %s', (_, open) => {
  let roads: TwoRoads;
  let stop: () => Promise<void>;
  let other: Client;

  beforeAll(async () => {
    ({ roads, stop } = await open());
    other = roads.another();
  });
  afterAll(async () => {
    await roads.close();
    await stop();
  });
  beforeEach(async () => {
    await other.$executeRawUnsafe('DELETE FROM "Note"');
    for (let id = 2; id <= 20; id += 2) await other.$executeRawUnsafe(`INSERT INTO "Note" VALUES (${id}, 'as it was')`);
  });

  async function writeMeanwhile() {
    await other.$executeRawUnsafe(`INSERT INTO "Note" VALUES (11, 'new')`);
    await other.$executeRawUnsafe('DELETE FROM "Note" WHERE id = 14');
    await other.$executeRawUnsafe(`UPDATE "Note" SET text = 'changed' WHERE id = 16`);
  }

  it.each([
    ['by SQL', true],
    ["through Prisma's client", false],
  ])('read %s holds the rows as they were when it began', async (_road, rawQueries) => {
    const before = await roads.bytesBySql('Note', { rawQueries });
    const read = { rawQueries, meanwhile: writeMeanwhile };
    expect(await roads.bytesBySql('Note', { ...read, consistency: 'snapshot' })).toEqual(before);
  });

  it.each([
    ['by SQL', true],
    ["through Prisma's client", false],
  ])('shows one point in time, unlike chunks read %s', async (_road, rawQueries) => {
    const before = await roads.bytesBySql('Note', { rawQueries });
    const after = await roads.bytesBySql('Note', { rawQueries, meanwhile: writeMeanwhile, consistency: 'chunked' });
    expect(after).not.toEqual(before);
    expect(after).toEqual(await roads.bytesBySql('Note', { rawQueries }));
  });

  it('gives its connection back, whether it is read to its end or left before', async () => {
    const failing = () => Promise.reject(new Error('left'));
    for (const rawQueries of [true, false]) {
      // More often than there are connections.
      for (let time = 0; time < 4; time++) {
        await roads.bytesBySql('Note', { rawQueries, consistency: 'snapshot' });
        const left = roads.bytesBySql('Note', { rawQueries, consistency: 'snapshot', meanwhile: failing });
        await expect(left).rejects.toThrow('left');
      }
    }
    await writeMeanwhile();
  });
});

it('answers UNIMPLEMENTED to a request for a snapshot without transactions', async () => {
  const { service } = itemService({ delegate: inMemoryDelegate(itemRows(3)) });
  const call = fakeCall({ request: { consistency: 'CONSISTENCY_SNAPSHOT' } });
  const handler = service.implementation.streamItems as unknown as (call: unknown) => void;
  handler(call);
  expect(await call.ended).toMatchObject({ name: 'UNIMPLEMENTED' });
});
