import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { meeting } from '../support/meeting.js';
import {
  failureOf,
  NOTE_IDS,
  type NotesDatabase,
  type NotesReader,
  notesDatabases,
  ROADS,
} from '../support/notes-database.js';

for (const [name, { missing, start }] of Object.entries(notesDatabases)) {
  if (missing) process.stderr.write(`Skipped on ${name}: ${missing}\n`);
  describe.skipIf(missing)(`a stream from ${name} that is stopped during a long query`, () => {
    let database: NotesDatabase;
    let reader: NotesReader;
    let unlock: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      database = await start();
      reader = database.open({ connections: 2 });
    });
    afterEach(async () => {
      await unlock?.();
      unlock = undefined;
    });
    afterAll(() => database?.stop());

    it.each(ROADS)('leaves no query behind at the database, read %s', async (_, rawQueries) => {
      unlock = await database.lock();
      const stop = new AbortController();
      const stopped = failureOf(reader.ids({ rawQueries, signal: stop.signal }));
      await database.queriesWaiting(1);
      stop.abort();
      // While the lock is still held: nothing else could have ended it.
      await database.queriesWaiting(0);
      await stopped;
    });

    it.each(
      ROADS,
    )('leaves neither query nor transaction behind, though it is a snapshot, read %s', async (_, rawQueries) => {
      const narrow = database.open({ connections: 1 });
      const snapshot = { rawQueries, consistency: 'snapshot' as const };
      unlock = await database.lock();
      const stop = new AbortController();
      const stopped = failureOf(narrow.ids({ ...snapshot, signal: stop.signal }));
      await database.queriesWaiting(1);
      stop.abort();
      await database.queriesWaiting(0);
      await stopped;
      await unlock();
      unlock = undefined;
      // The pool has its one connection back.
      expect(await narrow.ids(snapshot)).toEqual(NOTE_IDS);
    });

    it.each(ROADS)('ends also while every connection of the pool waits, read %s', async (_, rawQueries) => {
      unlock = await database.lock();
      const stop = new AbortController();
      // The third waits for a connection.
      const stopped = [1, 2, 3].map(() => failureOf(reader.ids({ rawQueries, signal: stop.signal })));
      await database.queriesWaiting(2);
      stop.abort();
      await database.queriesWaiting(0);
      await Promise.all(stopped);
    });

    it.each(ROADS)('ends at whatever moment of a query it is stopped, read %s', async (_, rawQueries) => {
      for (let turns = 0; turns < 40; turns++) {
        const stop = new AbortController();
        const over = reader.ids({ rawQueries, signal: stop.signal }).catch(() => {});
        for (let turn = 0; turn < turns; turn++) await (turn % 2 ? new Promise(setImmediate) : undefined);
        stop.abort();
        await over;
      }
    });

    it.each(
      ROADS.flatMap(([road, rawQueries]) => [
        [`read ${road}`, { rawQueries }] as const,
        [`a snapshot read ${road}`, { rawQueries, consistency: 'snapshot' }] as const,
      ]),
    )('never cancels another stream, %s', async (_, options) => {
      const wide = database.open({ connections: 4 });
      for (let round = 0; round < 30; round++) {
        const stop = new AbortController();
        const stopped = wide.ids({ ...options, signal: stop.signal }).catch(() => {});
        const others = [1, 2, 3].map(() => wide.ids({ ...options, onRetry: (error) => expect.fail(String(error)) }));
        // At another moment of the query each time.
        setTimeout(() => stop.abort(), round / 4);
        expect(await Promise.all(others)).toEqual(others.map(() => NOTE_IDS));
        await stopped;
      }
    });

    it("never cancels a query that Prisma's client batches with it", async () => {
      const wide = database.open({ connections: 4 });
      for (let turns = 0; turns < 120; turns++) {
        const stop = new AbortController();
        const { arrive, all } = meeting(2);
        const onChunk = (chunk: number) => (chunk === 1 ? arrive() : undefined);
        const snapshot = { rawQueries: false, consistency: 'snapshot', onChunk } as const;
        const stopped = wide.ids({ ...snapshot, signal: stop.signal }).catch(() => {});
        const another = wide.ids(snapshot);
        await all;
        // At another moment of the snapshots' next queries each time.
        for (let turn = 0; turn < turns; turn++) await undefined;
        const note = wide.prisma.note as { findUnique(args: object): Promise<object> };
        const found = note.findUnique({ where: { id: 1 } }).then((row) => row);
        await new Promise(setImmediate);
        stop.abort();
        expect(await another).toEqual(NOTE_IDS);
        expect(await found).toMatchObject({ id: 1 });
        await stopped;
      }
    });
  });
}
