import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable } from '../../src/waits/waits.js';

const never = new Promise<never>(() => {});

describe('abortable', () => {
  it('gives what the promise gives, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(7), signal)).toBe(7);
    await expect(abortable(Promise.reject(new Error('gone')), signal)).rejects.toThrow('gone');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('throws the reason as soon as the signal is aborted, and leaves no listener', async () => {
    const controller = new AbortController();
    const waiting = abortable(never, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('does not even wait when the signal is aborted already', async () => {
    const reason = new Error('enough');
    await expect(abortable(Promise.resolve(7), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
