import { describe, expect, it, vi } from 'vitest';
import { type ChunkSource, iterableSource, type StreamSummary, streamQuery } from '../../src/runtime/index.js';
import { failAtRow, fakeCall, stallAtRow } from '../../src/testing/index.js';
import { activeTimers, waitFor } from '../support/wait-for.js';

/** With a type of its own: inline, TypeScript infers the source's from `toMessage`. */
const rowsOf = (rows: readonly number[]): ChunkSource<number> => iterableSource(rows);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('streamQuery', () => {
  it('yields every message in order', async () => {
    const query = iterableSource(numbers(2500));
    expect(await collect(streamQuery({ query, toMessage: (row) => row * 2 }))).toEqual(numbers(2500).map((n) => n * 2));
  });

  it('checks for cancellation before the first row and then every interval', async () => {
    for (const interval of [1, 7, 50]) {
      const call = fakeCall({ cancelledAnswers: [false, true] });
      const stream = streamQuery({
        query: rowsOf(numbers(200)),
        toMessage: (row) => row,
        call,
        cancellationCheckInterval: interval,
      });
      expect(await collect(stream)).toHaveLength(interval);
    }
  });

  it('ends without an error when its signal is aborted', async () => {
    const controller = new AbortController();
    const summaries: StreamSummary[] = [];
    const got: number[] = [];
    for await (const row of streamQuery({
      query: rowsOf(numbers(100_000)),
      toMessage: (row) => row,
      signal: controller.signal,
      onStreamEnd: (summary) => summaries.push(summary),
    })) {
      got.push(row);
      if (row === 250) controller.abort();
    }
    expect(got.length).toBeLessThanOrEqual(300);
    expect(summaries.map(({ end }) => end)).toEqual(['cancelled']);
  });

  it('closes the source when the loop is left, and reports a cancellation', async () => {
    let closed = false;
    const query: ChunkSource<number> = async function* () {
      try {
        for (;;) yield [1, 2, 3];
      } finally {
        closed = true;
      }
    };
    const summaries: StreamSummary[] = [];
    for await (const _ of streamQuery({
      query,
      toMessage: (row) => row,
      onStreamEnd: (summary) => summaries.push(summary),
    })) {
      break;
    }
    expect(closed).toBe(true);
    expect(summaries.map(({ end }) => end)).toEqual(['cancelled']);
  });

  it('throws the error of the query, after the rows before it, and logs it', async () => {
    const error = new Error('gone');
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const got: number[] = [];
    const query = failAtRow(6, error, rowsOf(numbers(10)));
    const stream = streamQuery({ query, toMessage: (row) => row, logger });
    await expect(
      (async () => {
        for await (const row of stream) got.push(row);
      })(),
    ).rejects.toBe(error);
    expect(got).toEqual([1, 2, 3, 4, 5]);
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ err: error }), 'Streaming error');
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ end: 'failed', rows: 5 }),
      expect.stringMatching(/^Streaming metrics: 5 items/),
    );
  });

  it('throws the error of toMessage', async () => {
    const query = iterableSource(numbers(10));
    const toMessage = () => {
      throw new TypeError('no title');
    };
    await expect(collect(streamQuery({ query, toMessage }))).rejects.toThrow('no title');
  });

  it('throws the error of a source that fails before it is read, and leaves no timer', async () => {
    const query: ChunkSource<number> = () => {
      throw new Error('no such table');
    };
    const timers = activeTimers();
    await expect(collect(streamQuery({ query, toMessage: (row) => row }))).rejects.toThrow('no such table');
    await waitFor('the timers to go', () => activeTimers() <= timers);
  });

  it('throws ABORTED while the database still hangs, without waiting for it', async () => {
    const query = stallAtRow(6, iterableSource(numbers(10)));
    const summaries: StreamSummary[] = [];
    const stream = streamQuery({
      query,
      toMessage: (row) => row,
      yieldTimeout: 0.1,
      onStreamEnd: (summary) => summaries.push(summary),
    });
    await expect(collect(stream)).rejects.toMatchObject({ name: 'StreamError', status: 'ABORTED', phase: 'database' });
    expect(summaries.map(({ end, rows }) => ({ end, rows }))).toEqual([{ end: 'database-stalled', rows: 5 }]);
    query.release();
  });

  it('throws RESOURCE_EXHAUSTED to a consumer that came back too late', async () => {
    const stream = streamQuery({
      query: rowsOf(numbers(1000)),
      toMessage: (row) => row,
      yieldTimeout: 0.1,
      cancellationCheckInterval: 1,
    });
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expect(stream.next()).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED', phase: 'write' });
  });

  it("throws DEADLINE_EXCEEDED when the call's deadline passes", async () => {
    const call = fakeCall({ deadline: new Date(Date.now() + 100) });
    const query: ChunkSource<number> = async function* () {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield [1];
      }
    };
    await expect(collect(streamQuery({ query, toMessage: (row) => row, call }))).rejects.toMatchObject({
      status: 'DEADLINE_EXCEEDED',
    });
  });

  it('keeps the result of a stream when its listener throws', async () => {
    const onStreamEnd = () => {
      throw new Error('the metrics are broken');
    };
    const stream = streamQuery({ query: rowsOf(numbers(3)), toMessage: (row) => row, onStreamEnd });
    expect(await collect(stream)).toEqual([1, 2, 3]);
  });

  it('logs the known line, and the same figures as fields', async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    await collect(streamQuery({ query: rowsOf(numbers(10)), toMessage: (row) => row, logger, name: 'numbers' }));
    expect(logger.info).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ model: 'numbers', end: 'done', rows: 10, rowsRead: 10, queries: 1 }),
      expect.stringMatching(/^Streaming metrics: 10 items, rate: \d+\.\d\d items\/s, avg latency: \d+\.\d{4,}s$/),
    );
  });

  it('says how long a row took, also where that is less than a ten-thousandth of a second', async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    await collect(streamQuery({ query: rowsOf(numbers(20_000)), toMessage: (row) => row, logger }));
    const [[fields, line] = []] = logger.info.mock.calls;
    const [, told] = /avg latency: (\S+)s$/.exec(line) ?? [];
    expect(Number(told)).toBeGreaterThan(0);
    expect(Number(told) / fields.averageLatencySeconds).toBeCloseTo(1, 0);
  });

  it('logs nothing when metrics are off', async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const onStreamEnd = vi.fn();
    const query = iterableSource(numbers(10));
    await collect(streamQuery({ query, toMessage: (row) => row, logger, onStreamEnd, enableMetrics: false }));
    expect(logger.info).not.toHaveBeenCalled();
    expect(onStreamEnd).not.toHaveBeenCalled();
  });

  it('uses the default of an option that is undefined', async () => {
    const query = iterableSource(numbers(10));
    const options = { chunkSize: undefined, yieldTimeout: undefined } as object;
    expect(await collect(streamQuery({ query, toMessage: (row) => row, ...options }))).toHaveLength(10);
  });
});
