import { expect, it } from 'vitest';
import { runChaos } from './run-chaos.js';

it('brings every consumer exactly the rows of the table, while servers die and connections break', {
  timeout: 300_000,
}, async () => {
  const { wrong, ...figures } = await runChaos({
    consumers: 20,
    rows: 2000,
    mishaps: 10,
    breakEveryMs: 400,
    pace: 100,
  });
  expect(wrong).toEqual([]);
  expect(figures).toMatchObject({ consumers: 20, rows: 40_000, crashes: 4 });
  expect(Math.min(figures.kills, figures.cuts, figures.breaks)).toBeGreaterThan(0);
});
