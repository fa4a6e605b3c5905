import { describe, expect, it } from 'vitest';
import { storyDatabases } from '../support/databases.js';
import { mishapsOf } from './mischief.js';
import { runChaos } from './run-chaos.js';

/** What `npm run test:chaos` does at full size. */
const SMALL = { consumers: 20, rows: 1000, seed: 1, everyMs: 1000, awayMs: 1000, pace: 100, restMs: 500 };
const TIME = { timeout: 300_000 };
const patienceMs = 240_000;

for (const database of storyDatabases) {
  if (database.missing) process.stderr.write(`Skipped on ${database.name}: ${database.missing}\n`);
  describe.skipIf(database.missing)(`over ${database.name}`, () => {
    it('every consumer gets exactly the rows of the table, whatever breaks', TIME, async () => {
      const kinds = mishapsOf(database);
      const figures = await runChaos({ ...SMALL, database, kinds, mishaps: kinds.length, patienceMs });
      expect(figures.faults).toEqual([]);
      expect(figures).toMatchObject({ consumers: 20, failedConsumers: 0, rows: 20_000, crashes: 4 });
      expect(figures.mishaps).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 1])));
      expect(figures.breaks).toBeGreaterThan(0);
    });
  });
}

it('no consumer fails when servers are replaced under load', TIME, async () => {
  const [database] = storyDatabases.filter(({ provider }) => provider === 'sqlite');
  if (!database) throw new Error('no SQLite');
  const figures = await runChaos({ ...SMALL, database, kinds: ['serverReplaced'], mishaps: 3, patienceMs });
  expect(figures.faults).toEqual([]);
  expect(figures).toMatchObject({ failedConsumers: 0, rows: 20_000, mishaps: { serverReplaced: 3 } });
});
