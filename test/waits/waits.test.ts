import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable, aborted, backoffMs, inTime, sleep, timeLimit } from '../../src/waits/index.js';

const never = new Promise<never>(() => {});
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('abortable', () => {
  it('returns what the promise returns, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(7), signal)).toBe(7);
    await expect(abortable(Promise.reject(new Error('gone')), signal)).rejects.toThrow('gone');
    expect(listeners(signal)).toBe(0);
  });

  it('throws the reason as soon as the signal is aborted, and leaves no listener', async () => {
    const controller = new AbortController();
    const waiting = abortable(never, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
  });

  it('throws at once when the signal is already aborted', async () => {
    const reason = new Error('enough');
    await expect(abortable(Promise.resolve(7), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('sleep', () => {
  it('ends when the time is over, and leaves no listener', async () => {
    const { signal } = new AbortController();
    await sleep(1, { signal });
    expect(listeners(signal)).toBe(0);
  });

  it('throws the reason of the signal, not an error of its own', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const sleeping = sleep(3_600_000, { signal: controller.signal });
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(sleep(1, { signal: controller.signal })).rejects.toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe('inTime', () => {
  it('says whether the work was done in time', async () => {
    expect(await inTime(Promise.resolve(), 3_600_000)).toBe(true);
    expect(await inTime(never, 1)).toBe(false);
    await expect(inTime(Promise.reject(new Error('gone')), 3_600_000)).rejects.toThrow('gone');
  });
});

describe('a time limit', () => {
  it('aborts its signal when the time is up, with the reason given', async () => {
    const reason = new Error('too late');
    const limit = timeLimit(1, { signal: new AbortController().signal, reason: () => reason });
    await aborted(limit.signal);
    expect(limit.signal.reason).toBe(reason);
  });

  it('aborts its signal with the other signal, also one that is aborted already', () => {
    const controller = new AbortController();
    const options = { signal: controller.signal, reason: () => new Error('too late') };
    const [early, late] = [timeLimit(3_600_000, options), () => timeLimit(3_600_000, options)];
    controller.abort(new Error('enough'));
    for (const limit of [early, late()]) {
      expect(limit.signal.reason).toEqual(new Error('enough'));
      limit.clear();
    }
  });

  it('does nothing after it was cleared', () => {
    const controller = new AbortController();
    const limit = timeLimit(3_600_000, { signal: controller.signal, reason: () => undefined });
    limit.clear();
    controller.abort();
    expect(limit.signal.aborted).toBe(false);
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe('a backoff', () => {
  it('doubles with each failure, up to its limit', () => {
    const delays = [1, 2, 3, 4, 5].map((failures) => backoffMs(failures, { firstMs: 100, longestMs: 1000 }));
    expect(delays).toEqual([100, 200, 400, 800, 1000]);
    expect(backoffMs(2000, { firstMs: 100, longestMs: 1000 })).toBe(1000);
  });

  it('is random between half and all of it with jitter', () => {
    const delays = Array.from({ length: 1000 }, () => backoffMs(2, { firstMs: 50, jitter: true }));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBeLessThan(100);
    expect(new Set(delays).size).toBeGreaterThan(100);
  });
});
