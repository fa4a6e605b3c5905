import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStreamLife } from '../../src/runtime/stream/stream-life.js';
import { fakeCall } from '../../src/testing/index.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const causeOf = (signal: AbortSignal): unknown => signal.reason?.stop;

describe('openStreamLife', () => {
  it('leaves no listener and no timer once it is closed', () => {
    const call = fakeCall({ deadline: new Date(Date.now() + 60_000) });
    const [signal, shutdown] = [new AbortController().signal, new AbortController().signal];
    const life = openStreamLife({ call, signal, shutdown, yieldTimeoutMs: 1000 });
    expect(vi.getTimerCount()).toBe(2);
    life.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(call.listenerCount('cancelled')).toBe(0);
    expect([...getEventListeners(signal, 'abort'), ...getEventListeners(shutdown, 'abort')]).toEqual([]);
  });

  it('distinguishes a database that stalls from a consumer that stalls', () => {
    for (const [awaited, cause] of [
      ['database', 'database-stalled'],
      ['consumer', 'consumer-stalled'],
    ] as const) {
      const life = openStreamLife({ yieldTimeoutMs: 1000 });
      life.moved(awaited);
      vi.advanceTimersByTime(900);
      // Somebody else moved: the time starts anew, and who is waited for stays.
      life.moved();
      vi.advanceTimersByTime(999);
      expect(life.signal.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      expect(causeOf(life.signal)).toBe(cause);
      life.close();
    }
  });

  it('ends the wait for a turn when the stream is stopped, and waits for no turn after that', async () => {
    const call = fakeCall();
    const life = openStreamLife({ call, yieldTimeoutMs: 1000 });
    // Turns are given by timers, and these stand still.
    const turn = life.turn();
    call.emit('cancelled');
    await turn;
    await life.turn();
    expect(() => life.check()).toThrow(expect.objectContaining({ stop: 'cancelled' }));
    expect(causeOf(life.signal)).toBe('cancelled');
    life.close();
    vi.runAllTimers();
  });

  it('does not count the wait for a turn as a stall', () => {
    const life = openStreamLife({ yieldTimeoutMs: 1000 });
    life.moved('turn');
    vi.advanceTimersByTime(10_000);
    expect(life.signal.aborted).toBe(false);
    life.moved('database');
    vi.advanceTimersByTime(1000);
    expect(causeOf(life.signal)).toBe('database-stalled');
    life.close();
  });

  it('reports a cancellation at the deadline as the deadline', () => {
    const call = fakeCall({ deadline: new Date(Date.now() + 1000) });
    const early = openStreamLife({ call, yieldTimeoutMs: 60_000 });
    call.emit('cancelled', 'cancelled');
    expect(causeOf(early.signal)).toBe('cancelled');
    early.close();

    const late = openStreamLife({ call, yieldTimeoutMs: 60_000 });
    vi.advanceTimersByTime(990);
    call.emit('cancelled', 'cancelled');
    expect(causeOf(late.signal)).toBe('deadline');
    late.close();
  });

  it('keeps its first cause', () => {
    const shutdown = new AbortController();
    const life = openStreamLife({ shutdown: shutdown.signal, yieldTimeoutMs: 1000 });
    shutdown.abort();
    vi.advanceTimersByTime(1000);
    expect(causeOf(life.signal)).toBe('shutdown');
    life.close();
  });
});
