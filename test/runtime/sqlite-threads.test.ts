import { mkdtemp, rm } from 'node:fs/promises';
import type * as os from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, type MockInstance, vi } from 'vitest';
import { addSqlFunctions, sqliteDialect } from '../../src/runtime/database/sqlite.js';
import { sqliteDriverOf } from '../../src/runtime/internals/better-sqlite3.js';
import { closeReader, readerOf } from '../../src/runtime/internals/driver-adapter.js';
import { type ServedSchema, serveSchema } from '../exact/support/served-schema.js';
import { waitFor } from '../support/wait-for.js';

// Long streams are read in threads where there are cores for them.
vi.mock('node:os', async (original) => ({ ...(await original<typeof os>()), availableParallelism: () => 4 }));

const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
model Note {
  id   Int     @id
  text String
  size Int?
}
model Zero {
  id Int @id
}
model Long {
  id   Int    @id
  text String
  @@map("long")
}
model Many {
  id   Int     @id
  text String?
  at   DateTime
}
model Told {
  id   Int    @id
  text String
}
`;

/** More rows than SQLite looks at in a minute, none of which meets the filter. */
const LONG = `CREATE VIEW long AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n LIMIT 500000000)
  SELECT id, 'x' || id AS text FROM n`;

/** More rows than a stream reads in the server's thread, and some whose values are stored in other forms. */
const MANY = `CREATE TABLE "Many" (id INTEGER PRIMARY KEY, text TEXT, at DATETIME NOT NULL);
  INSERT INTO "Many" WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n LIMIT 40000)
  SELECT id, CASE WHEN id % 7 THEN 'text ' || id || ' \u00e9' END,
    CASE WHEN id % 2 THEN id * 60000 ELSE datetime(id * 60, 'unixepoch') END FROM n`;

/** Rows that only a connection to which the application has added a function can read. */
const TOLD = `CREATE VIEW "Told" AS SELECT id, told(id) AS text FROM "Many"`;

const MANY_ROWS = Array.from({ length: 40_000 }, (_, index) => index + 1).map((id) => ({
  id,
  text: id % 7 ? `text ${id} \u00e9` : null,
  at: new Date(id * 60_000),
}));

const NOTES = Array.from({ length: 3000 }, (_, index) => index + 1);

describe('a query of SQLite that looks at many rows', () => {
  let folder: string;
  let client: Sqlite.Database;
  let adapter: PrismaBetterSqlite3;
  let served: ServedSchema;
  let all: MockInstance;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grpc-stream-threads-'));
    client = new Sqlite(join(folder, 'notes.db'));
    client.exec('CREATE TABLE "Note" (id INTEGER PRIMARY KEY, text TEXT NOT NULL, size INTEGER)');
    client.exec('CREATE TABLE "Zero" (id INTEGER PRIMARY KEY)');
    for (const sql of [LONG, MANY, TOLD]) client.exec(sql);
    const insert = client.prepare('INSERT INTO "Note" VALUES (?, ?, ?)');
    client.transaction(() => {
      for (const id of NOTES) insert.run(id, `note ${id}`, id % 7 ? id : null);
    })();
    adapter = new PrismaBetterSqlite3({ url: `file:${join(folder, 'notes.db')}` });
    served = await serveSchema(SCHEMA, adapter);
    all = vi.spyOn(Object.getPrototypeOf(client.prepare('SELECT 1')), 'all');
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await served?.close();
    if (adapter) await closeReader(adapter);
    client?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    'CONSISTENCY_CHUNKED',
    'CONSISTENCY_SNAPSHOT',
  ])('holds up no other stream, read as %s', async (consistency) => {
    const leaving = new AbortController();
    let isLongOver = false;
    const long = served.read('long', { filter: { text: 'y' }, consistency }, leaving).finally(() => {
      isLongOver = true;
    });
    const others = [{}, { filter: { text: { startsWith: 'note' } } }, { consistency: 'CONSISTENCY_SNAPSHOT' }];
    for (const request of others) expect((await served.read('note', request)).ids).toEqual(NOTES);
    expect(isLongOver).toBe(false);
    leaving.abort();
    await long;
  });

  it('ends when its client leaves', async () => {
    const clients = Array.from({ length: 6 }, () => new AbortController());
    const streams = clients.map(({ signal }) => served.read('long', { filter: { text: 'y' } }, { signal }));
    await waitFor('the threads to be busy', () => busyShare() > 0.9);
    for (const each of clients) each.abort();
    for (const { ids } of await Promise.all(streams)) expect(ids).toEqual([]);
    let share = busyShare();
    for (let tries = 0; share > 0.5 && tries < 300; tries++) {
      await delay(100);
      share = busyShare();
    }
    expect(share).toBeLessThan(0.5);
    expect((await served.read('note', { filter: { id: { lte: 3 } } })).ids).toEqual([1, 2, 3]);
  });

  it('returns the rows, chunk by chunk, that a query without a thread returns', async () => {
    const filter = { id: { gt: 0 } };
    const all = await served.read('note');
    expect((await served.read('note', { filter, chunkSize: 7 })).rows).toEqual(all.rows);
    const masked = await served.read('note', { filter, readMask: ['size'], chunkSize: 1000 });
    expect(masked.rows.map(({ size }) => size)).toEqual(all.rows.map(({ size }) => size));
  });

  it('returns a row of which the message has no byte, again and again', async () => {
    client.exec('DELETE FROM "Zero"; INSERT INTO "Zero" VALUES (0)');
    for (let time = 0; time < 10; time++) {
      expect(await served.read('zero', { filter: { id: { lte: 0 } } })).toMatchObject({ ids: [0], error: undefined });
    }
  });

  it('has the plan that SQLite would choose without a thread', () => {
    client.exec(
      'CREATE TABLE plan (id INTEGER PRIMARY KEY, s TEXT, n INTEGER); CREATE INDEX by_s ON plan (s); CREATE INDEX by_n ON plan (n, id)',
    );
    addSqlFunctions(client as never);
    const planOf = (where: string, order: string) =>
      client
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM plan WHERE ${where} ORDER BY ${order} LIMIT 10`)
        .all()
        .map((step) => Reflect.get(Object(step), 'detail'));
    for (const where of ["s = 'a'", 'n > 3', "n > 3 AND s = 'a'", 'n IN (1, 2)', "s LIKE 'a%'", "s = 'a' OR n = 1"]) {
      for (const order of ['id', 'n, id', 's, id']) {
        expect(planOf(`${sqliteDialect.goesOn} AND ${where}`, order), `${where}, ${order}`).toEqual(
          planOf(where, order),
        );
      }
    }
  });

  it('ends its stream at a value that no message can hold, or leaves it out', async () => {
    client.exec(`UPDATE "Note" SET size = 'large' WHERE id = 1500`);
    const lenient = await served.again({ onUnreadable: 'null' });
    try {
      const request = { filter: { id: { gt: 1400 } }, chunkSize: 300 };
      const { ids, error, report } = await served.read('note', request);
      expect(ids).toEqual(NOTES.slice(1400, 1499));
      expect(error).toMatchObject({
        code: status.INTERNAL,
        details: expect.stringContaining('Note.size holds a text'),
      });
      const { lines } = await report();
      expect(lines.find(({ level }) => level === 'error')?.fields.err).toMatchObject({ field: 'size', key: 'id 1500' });
      const rest = await lenient.read('note', request);
      expect(rest.ids).toEqual(NOTES.slice(1400));
      expect(rest.rows[99]).toMatchObject({ id: 1500, text: 'note 1500' });
    } finally {
      await lenient.close();
      client.exec('UPDATE "Note" SET size = 1500 WHERE id = 1500');
    }
  });

  it.each([
    {},
    { filter: { id: { gt: 0 } } },
  ])('waits for a writer that holds the file, and holds nothing up: %j', async (request) => {
    // The stream's first query is the first one of its connection.
    await closeReader(adapter);
    client.exec('BEGIN EXCLUSIVE');
    const stream = served.read('note', request);
    // Were the thread of the server held, this timer would fire only after the stream had given up.
    await delay(50);
    client.exec('COMMIT');
    expect(await stream).toMatchObject({ ids: NOTES, error: undefined });
  });

  it('may be one of a long stream: a thread reads the rows after the first 10,000', async () => {
    queriesHere();
    for (let stream = 0, here = 40; here >= 20; stream++) {
      expect(stream, 'streams until a thread has started').toBeLessThan(20);
      expect((await served.read('many')).rows).toEqual(MANY_ROWS);
      here = queriesHere();
    }
    const filtered = await served.read('many', { filter: { id: { gt: 0 } } });
    expect(filtered.rows).toEqual(MANY_ROWS);
    expect(queriesHere()).toBeLessThan(5);
    const some = await served.read('many', { limit: 30_500, chunkSize: 777 });
    expect(some.rows).toEqual(MANY_ROWS.slice(0, 30_500));
    expect(queriesHere()).toBeLessThan(20);
  });

  it('is asked here where the connection of a thread cannot read the rows', async () => {
    const driver = sqliteDriverOf(await readerOf(adapter));
    driver?.function('told', { deterministic: true, safeIntegers: false }, (id) => `row ${id}`);
    for (const request of [{}, { filter: { text: { startsWith: 'row' } } }]) {
      const { rows, error } = await served.read('told', request);
      expect(error).toBeUndefined();
      expect(rows).toEqual(MANY_ROWS.map(({ id }) => ({ id, text: `row ${id}` })));
    }
  });

  let counted = 0;

  /** The queries that ran in this thread since the last call. */
  function queriesHere(): number {
    const before = counted;
    counted = all.mock.calls.length;
    return counted - before;
  }

  let before = process.cpuUsage();
  let beforeAt = performance.now();

  /** The share of a core that this process used since the last call. */
  function busyShare(): number {
    const { user, system } = process.cpuUsage(before);
    const elapsedMs = performance.now() - beforeAt;
    before = process.cpuUsage();
    beforeAt = performance.now();
    return (user + system) / 1000 / elapsedMs;
  }
});
