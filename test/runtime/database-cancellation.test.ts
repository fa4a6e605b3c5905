import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, NOTE_IDS, type NotesDatabase, type NotesReader, notesDatabases } from './support/notes-database.js';

for (const [name, { missing, start }] of Object.entries(notesDatabases)) {
  if (missing) process.stderr.write(`Skipped on ${name}: ${missing}\n`);
  describe.skipIf(missing)(`a stream from ${name}, read by SQL, that is stopped in a long query`, () => {
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

    it('leaves no query behind at the database', async () => {
      unlock = await database.lock();
      const stop = new AbortController();
      const stopped = failureOf(reader.ids({ rawQueries: true, signal: stop.signal }));
      await database.queriesWaiting(1);
      stop.abort();
      // While the lock is still held: nothing else could have ended it.
      await database.queriesWaiting(0);
      await stopped;
    });

    it('leaves neither query nor transaction behind, though it is a snapshot', async () => {
      const narrow = database.open({ connections: 1 });
      const snapshot = { rawQueries: true, consistency: 'snapshot' as const };
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

    it('is ended though every connection of the pool waits', async () => {
      unlock = await database.lock();
      const stop = new AbortController();
      // The third waits for a connection.
      const stopped = [1, 2, 3].map(() => failureOf(reader.ids({ rawQueries: true, signal: stop.signal })));
      await database.queriesWaiting(2);
      stop.abort();
      await database.queriesWaiting(0);
      await Promise.all(stopped);
    });

    it('is over, at whatever moment of a query it is stopped', async () => {
      for (let turns = 0; turns < 40; turns++) {
        const stop = new AbortController();
        const over = reader.ids({ rawQueries: true, signal: stop.signal }).catch(() => {});
        for (let turn = 0; turn < turns; turn++) await (turn % 2 ? new Promise(setImmediate) : undefined);
        stop.abort();
        await over;
      }
    });

    it('never takes another stream with it', async () => {
      for (let round = 0; round < 30; round++) {
        const stop = new AbortController();
        const stopped = reader.ids({ rawQueries: true, signal: stop.signal }).catch(() => {});
        const others = [1, 2, 3].map(() =>
          reader.ids({ rawQueries: true, onRetry: (error) => expect.fail(String(error)) }),
        );
        // At another moment of the query each time.
        setTimeout(() => stop.abort(), round / 4);
        expect(await Promise.all(others)).toEqual(others.map(() => NOTE_IDS));
        await stopped;
      }
    });
  });
}
