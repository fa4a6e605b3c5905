import { describe, expect, it } from 'vitest';
import { type ChunkSource, iterableSource, keysetSource, streamQuery } from '../../src/runtime/index.js';
import { failAtRow, inMemoryDelegate, slowConsumer, stallAtRow } from '../../src/testing/index.js';
import { waitFor } from '../support/wait-for.js';

const numbers: ChunkSource<number> = iterableSource([1, 2, 3, 4, 5, 6, 7]);
const gone = new Error('gone');

async function readInto<T>(got: T[], query: ChunkSource<T>, chunkSize = 3): Promise<void> {
  for await (const message of streamQuery({ query, toMessage: (row) => row, chunkSize })) got.push(message);
}

describe('failAtRow', () => {
  it.each([1, 2, 3, 4, 7])('fails a source at row %i, after the rows before it', async (row) => {
    const got: number[] = [];
    await expect(readInto(got, failAtRow(row, gone, numbers))).rejects.toBe(gone);
    expect(got).toHaveLength(row - 1);
  });

  it('does nothing to a source that ends before the row', async () => {
    const got: number[] = [];
    await readInto(got, failAtRow(8, gone, numbers));
    expect(got).toHaveLength(7);
  });

  it('fails the query of a delegate that would have brought the row', async () => {
    const rows = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }));
    const delegate = failAtRow(5, gone, inMemoryDelegate(rows));
    const got: object[] = [];
    await expect(readInto(got, keysetSource({ delegate, key: [{ field: 'id' }] }))).rejects.toBe(gone);
    expect(got).toHaveLength(3);
  });
});

describe('stallAtRow', () => {
  it('stalls a source at a row until it is released', async () => {
    const query = stallAtRow(5, numbers);
    const got: number[] = [];
    const reading = readInto(got, query);
    await query.stalled;
    await waitFor('the rows before', () => got.length === 4);
    query.release();
    await reading;
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('stalls the query of a delegate that brings the row', async () => {
    const rows = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }));
    const delegate = stallAtRow(5, inMemoryDelegate(rows));
    const got: object[] = [];
    const reading = readInto(got, keysetSource({ delegate, key: [{ field: 'id' }] }));
    await delegate.stalled;
    await waitFor('the rows before', () => got.length === 3);
    delegate.release();
    await reading;
    expect(got).toEqual(rows);
  });
});

describe('slowConsumer', () => {
  async function* count(to: number, taken: number[] = []) {
    for (let number = 1; number <= to; number++) {
      taken.push(number);
      yield number;
    }
  }

  it('reads no faster than its rate', async () => {
    const started = performance.now();
    const got: number[] = [];
    for await (const number of slowConsumer(count(11), { rowsPerSecond: 100 })) got.push(number);
    expect(got).toHaveLength(11);
    // Ten waits of 10 ms; timers may fire a millisecond early.
    expect(performance.now() - started).toBeGreaterThan(95);
  });

  it('reads up to a row, and continues when it is resumed', async () => {
    const taken: number[] = [];
    const consumer = slowConsumer(count(100, taken), { pauseAfter: 5 });
    const got: number[] = [];
    const reading = (async () => {
      for await (const number of consumer) got.push(number);
    })();
    await waitFor('the pause', () => consumer.paused);
    expect(taken).toEqual([1, 2, 3, 4, 5]);
    expect(consumer.received).toBe(5);
    consumer.resume();
    await reading;
    expect(got).toHaveLength(100);
    expect(consumer.paused).toBe(false);
  });

  it('leaves the stream when its loop is left', async () => {
    let left = false;
    const stream = async function* () {
      try {
        for (;;) yield 1;
      } finally {
        left = true;
      }
    };
    for await (const _ of slowConsumer(stream(), { rowsPerSecond: 1000 })) break;
    expect(left).toBe(true);
  });
});
