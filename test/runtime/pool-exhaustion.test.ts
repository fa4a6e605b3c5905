import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusOf } from '../../src/runtime/index.js';
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
  describe.skipIf(missing)(`a pool of two connections to ${name}`, () => {
    let database: NotesDatabase;
    let reader: NotesReader;

    beforeAll(async () => {
      database = await start();
      reader = database.open({ connections: 2 });
    });
    afterAll(() => database?.stop());

    it.each(
      ROADS,
    )('serves twenty streams, none of which holds a connection between chunks, read %s', async (_, rawQueries) => {
      const everyone = meeting(20);
      const streams = Array.from({ length: 20 }, () =>
        reader.ids({ rawQueries, onChunk: (chunk) => (chunk === 1 ? everyone.arrive() : undefined) }),
      );
      expect(await Promise.all(streams)).toEqual(streams.map(() => NOTE_IDS));
    });

    it.each(ROADS)('refuses a third snapshot after its timeout, with the reason, read %s', async (_, rawQueries) => {
      const holders = meeting(3);
      const bothOpen = meeting(2);
      const snapshot = { rawQueries, consistency: 'snapshot' as const };
      const onChunk = (chunk: number) => {
        if (chunk !== 1) return undefined;
        void bothOpen.arrive();
        return holders.arrive();
      };
      const open = [reader.ids({ ...snapshot, onChunk }), reader.ids({ ...snapshot, onChunk })];
      await bothOpen.all;
      const refused = await failureOf(reader.ids({ ...snapshot, yieldTimeout: 1 }));
      expect(statusOf(refused, 1)).toMatchObject({
        name: 'RESOURCE_EXHAUSTED',
        details: expect.stringMatching(/^no connection to the database was free/),
      });
      await holders.arrive();
      expect(await Promise.all(open)).toEqual([NOTE_IDS, NOTE_IDS]);
      expect(await reader.ids(snapshot)).toEqual(NOTE_IDS);
    });

    it('loses no connection when a client leaves that waits for a snapshot', async () => {
      const snapshot = { rawQueries: true, consistency: 'snapshot' as const };
      const done = meeting(3);
      const bothOpen = meeting(2);
      const onChunk = (chunk: number) => {
        if (chunk !== 1) return undefined;
        void bothOpen.arrive();
        return done.arrive();
      };
      const open = [reader.ids({ ...snapshot, onChunk }), reader.ids({ ...snapshot, onChunk })];
      await bothOpen.all;
      const leaving = new AbortController();
      const left = reader.ids({ ...snapshot, signal: leaving.signal });
      leaving.abort(new Error('left'));
      await done.arrive();
      await Promise.allSettled([...open, left]);
      for (let time = 0; time < 3; time++) expect(await reader.ids(snapshot)).toEqual(NOTE_IDS);
    });
  });
}
