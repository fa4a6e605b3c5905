import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { statusOf } from '../../src/runtime/index.js';
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
  describe.skipIf(missing)(`a stream from ${name} that loses its database`, () => {
    let database: NotesDatabase;
    let reader: NotesReader;
    let unlock: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      database = await start();
      reader = database.open();
    });
    afterEach(async () => {
      await unlock?.();
      unlock = undefined;
    });
    afterAll(() => database?.stop());

    async function freed(): Promise<void> {
      await unlock?.();
      unlock = undefined;
    }

    it.each(
      ROADS,
    )('continues after the last row when the connection breaks during a query %s', async (_, rawQueries) => {
      const broken: unknown[] = [];
      const ids = reader.ids({
        rawQueries,
        onRetry: (error) => broken.push(error),
        onChunk: (chunk) => (chunk === 2 ? breakLater() : undefined),
      });
      expect(await ids).toEqual(NOTE_IDS);
      expect(broken).not.toEqual([]);
    });

    it.each(
      ROADS,
    )('continues after the last row when the server restarts or is killed, read %s', async (_, rawQueries) => {
      const ids = reader.ids({
        rawQueries,
        onChunk: (chunk) => (chunk % 3 === 0 ? database.restart({ how: chunk % 2 ? 'orderly' : 'killed' }) : undefined),
      });
      expect(await ids).toEqual(NOTE_IDS);
    });

    it.each(ROADS)('never continues in another snapshot, read %s', async (_, rawQueries) => {
      const retried: unknown[] = [];
      const narrow = database.open({ connections: 1 });
      const ids = narrow.ids({
        rawQueries,
        consistency: 'snapshot',
        onRetry: (error) => retried.push(error),
        onChunk: (chunk) => (chunk === 2 ? database.killConnections() : undefined),
      });
      expect(statusOf(await failureOf(ids), 30)).toMatchObject({ name: 'UNAVAILABLE' });
      expect(retried).toEqual([]);
      // The pool has its one connection back.
      expect(await narrow.ids({ rawQueries })).toEqual(NOTE_IDS);
    });

    it.each(ROADS)('that cancels a slow query ends with ABORTED, read %s', async (_, rawQueries) => {
      const impatient = database.open({ statementTimeoutMs: 300 });
      unlock = await database.lock();
      expect(statusOf(await failureOf(impatient.ids({ rawQueries })), 30)).toMatchObject({
        name: 'ABORTED',
        details: expect.stringMatching(/^the database took too long for a query; open the stream again/),
      });
    });

    /** Breaks the connection while it waits for its next chunk. */
    async function breakLater(): Promise<void> {
      unlock = await database.lock();
      void database
        .queriesWaiting(1)
        .then(() => database.killConnections())
        .finally(freed);
    }
  });
}
