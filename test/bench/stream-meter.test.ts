import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startStreamMeter } from '../../src/bench/client/stream-meter.js';
import { wallMsOf } from '../../src/bench/executor.js';
import { grpcMessage } from '../support/raw-http2.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'hrtime'] }));
afterEach(() => void vi.useRealTimers());

const row = () => Buffer.from(grpcMessage(Buffer.from('a row')));

/** A stream whose row and end come so long after its request, and are handled later than that. */
function metered({ rowMs, endMs }: { readonly rowMs: number; readonly endMs: number }) {
  const meter = startStreamMeter('rows');
  vi.advanceTimersByTime(3);
  meter.sent?.();
  const sentAt = performance.now();
  vi.advanceTimersByTime(rowMs + 5);
  meter.take(row(), sentAt + rowMs);
  vi.advanceTimersByTime(endMs - rowMs);
  meter.ended?.(sentAt + endMs);
  vi.advanceTimersByTime(40);
  return meter.finish();
}

describe('the meter of a stream', () => {
  it('times the row and the end by when they came, and not by when they were handled', () => {
    expect(metered({ rowMs: 10, endMs: 20 })).toMatchObject({ rows: 1, firstRowMs: 10, wallMs: 20 });
  });

  it('ends a stream of which no end was seen when it is asked for its figures', () => {
    const meter = startStreamMeter('rows');
    vi.advanceTimersByTime(7);
    expect(meter.finish()).toMatchObject({ rows: 0, wallMs: 7 });
  });

  it('keeps the time of a stream, however long its figures take', () => {
    const hrtime = process.hrtime.bigint.bind(process.hrtime);
    /** Of the first reading of the clock alone. */
    let pauseMs = 9;
    const slow = vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => {
      const time = hrtime();
      vi.advanceTimersByTime(pauseMs);
      pauseMs = 0;
      return time;
    });
    const stream = metered({ rowMs: 10, endMs: 20 });
    slow.mockRestore();
    expect([stream.wallMs, wallMsOf([stream])]).toEqual([20, 20]);
  });

  it('places the stream on the clock of all processes, so that streams are timed together', () => {
    const first = metered({ rowMs: 10, endMs: 20 });
    const second = metered({ rowMs: 10, endMs: 50 });
    // The second was sent 3 ms after all that the first took: 20 ms, 5 ms late, and 40 ms of work.
    expect(wallMsOf([second, first])).toBe(65 + 3 + 50);
  });
});
