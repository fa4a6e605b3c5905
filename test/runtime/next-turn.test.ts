import { setImmediate as nextLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { nextTurn } from '../../src/runtime/stream/next-turn.js';

const waiter = (name: string, order: string[], signal?: AbortSignal) => nextTurn(signal).then(() => order.push(name));

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
  const stop = new AbortController();
  // Those that were cancelled would otherwise hold what they hold until all of those before them had their turn.
  const crowd = Array.from({ length: 10 }, () => waiter('stopped', order, stop.signal));
  const last = waiter('last', order);
  stop.abort();
  await nextLoop();
  expect([order.length, order.at(-1)]).toEqual([11, 'last']);
  await Promise.all([...crowd, last]);
  await waiter('late', order, stop.signal);
  expect(order.at(-1)).toBe('late');
});
