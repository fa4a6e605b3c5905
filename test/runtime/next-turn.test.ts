import { setImmediate as nextLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { nextTurn, type TurnOptions } from '../../src/runtime/stream/next-turn.js';

const waiter = (name: string, order: string[], { waits, client }: TurnOptions = {}) =>
  nextTurn({ waits, client }).then(() => order.push(name));

it('resumes one stream in each turn of the loop, the oldest first', async () => {
  const order: string[] = [];
  const all = ['a', 'b', 'c'].map((name) => waiter(name, order));
  await nextLoop();
  expect(order).toEqual(['a']);
  await nextLoop();
  expect(order).toEqual(['a', 'b']);
  await Promise.all(all);
});

it('resumes a stopped stream at once, and loses no turn', async () => {
  const order: string[] = [];
  const waits = new Set<() => void>();
  // Those that were cancelled would otherwise hold what they hold until all of those before them had their turn.
  const crowd = Array.from({ length: 10 }, () => waiter('stopped', order, { waits }));
  const last = waiter('last', order);
  for (const endWait of waits) endWait();
  await nextLoop();
  expect([order.length, order.at(-1)]).toEqual([11, 'last']);
  expect(waits.size).toBe(0);
  await Promise.all([...crowd, last]);
});

it('gives a client with one stream as much time as one with many', async () => {
  const worked = new Map<string, number>();
  let over = false;
  const work = async (client: string) => {
    while (!over) {
      await nextTurn({ client });
      const until = performance.now() + 1;
      while (performance.now() < until);
      worked.set(client, (worked.get(client) ?? 0) + 1);
    }
  };
  const streams = [...Array.from({ length: 50 }, () => work('many')), work('one')];
  while ((worked.get('many') ?? 0) < 100) await nextLoop();
  over = true;
  await Promise.all(streams);
  const [many = 0, one = 0] = [worked.get('many'), worked.get('one')];
  expect(one).toBeGreaterThan(many / 4);
});

it('gives more turns to the client whose turns are short', async () => {
  const turns = new Map<string, number>();
  let over = false;
  const work = async (client: string, ms: number) => {
    while (!over) {
      await nextTurn({ client });
      const until = performance.now() + ms;
      while (performance.now() < until);
      turns.set(client, (turns.get(client) ?? 0) + 1);
    }
  };
  const streams = [work('long', 20), work('short', 1)];
  while ((turns.get('long') ?? 0) < 20) await nextLoop();
  over = true;
  await Promise.all(streams);
  expect(turns.get('short')).toBeGreaterThan(2 * (turns.get('long') ?? 0));
});
