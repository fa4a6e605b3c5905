import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { Semaphore } from '../../src/waits/index.js';

it('gives its permits in the order of the requests', async () => {
  const semaphore = new Semaphore(2);
  const entered: number[] = [];
  const releases = new Map<number, () => void>();
  const enter = async (id: number) => {
    releases.set(id, await semaphore.acquire());
    entered.push(id);
  };
  const all = [1, 2, 3, 4].map(enter);
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);
  releases.get(2)?.();
  await all[2];
  releases.get(1)?.();
  await all[3];
  expect(entered).toEqual([1, 2, 3, 4]);
});

it('counts a permit that is given back twice once', async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  release();
  release();
  const second = await semaphore.acquire();
  const third = semaphore.acquire(AbortSignal.abort(new Error('no wait')));
  await expect(third).rejects.toThrow('no wait');
  let entered = false;
  const fourth = semaphore.acquire().then(() => {
    entered = true;
  });
  await Promise.resolve();
  expect(entered).toBe(false);
  second();
  await fourth;
});

it('drops a request whose signal is aborted, with its place and its listener', async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  const leaving = new AbortController();
  const [left, stayed] = [semaphore.acquire(leaving.signal), semaphore.acquire()];
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(getEventListeners(leaving.signal, 'abort')).toEqual([]);
  release();
  (await stayed)();
  // Also where the permit comes at the moment of the abort.
  const [held, late] = [await semaphore.acquire(), new AbortController()];
  const waiting = semaphore.acquire(late.signal).then(
    (give) => give(),
    () => {},
  );
  held();
  late.abort();
  await waiting;
  await semaphore.acquire();
});
