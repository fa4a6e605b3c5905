import client from 'prom-client';
import { describe, expect, it } from 'vitest';
import { iterableSource, prometheusMetrics, streamQuery } from '../../../src/runtime/index.js';
import { StreamTally } from '../../../src/runtime/metrics/stream-tally.js';

describe('StreamTally', () => {
  it('distinguishes 200 names and counts the rest as others, whatever the names', async () => {
    const register = new client.Registry();
    const metrics = prometheusMetrics({ client, register });
    for (let index = 0; index < 250; index++) {
      const stream = streamQuery<number>({
        query: iterableSource([1]),
        toMessage: (row) => row,
        name: `n${index}`,
        metrics,
      });
      for await (const _ of stream);
    }
    const rows = await register.getSingleMetric('grpc_stream_rows_total')?.get();
    expect(rows?.values).toHaveLength(201);
    expect(rows?.values.reduce((sum, { value }) => sum + value, 0)).toBe(250);
    expect(rows?.values.at(-1)).toEqual({ labels: { model: 'other', method: 'other' }, value: 50 });
  });

  it('counts a stream once, also when its end is reported twice', () => {
    const observed: string[] = [];
    const tally = new StreamTally((histogram) => observed.push(histogram));
    const times = { databaseMs: 1, encodeMs: 1, writeMs: 1, drainMs: 1 };
    const progress = { rows: 5, messages: 5, bytes: 50, queuedBytes: 7, queries: 1, rowsRead: 5, times };
    const stream = { model: 'Item', method: '', metadata: undefined, progress: () => progress };
    const summary = {
      ...progress,
      model: 'Item',
      method: '',
      end: 'done' as const,
      status: 'OK',
      durationMs: 10,
      firstRowMs: undefined,
      valuesLeftOut: 0,
      rowsPerSecond: 500,
      averageLatencySeconds: 0.002,
      peakQueuedBytes: 7,
      chunkSize: 1000,
      largestChunk: 1000,
      lastQueryEndedAt: 0n,
    };
    tally.streamStarted(stream);
    expect(tally.gauge('queuedBytes').map(({ value }) => value)).toEqual([7]);
    tally.streamEnded(stream, summary);
    tally.streamEnded(stream, summary);
    expect(tally.counter('rows').map(({ value }) => value)).toEqual([5]);
    expect(tally.counter('ended').map(({ value }) => value)).toEqual([1]);
    expect(tally.gauge('queuedBytes').map(({ value }) => value)).toEqual([0]);
    expect(observed).toEqual(['duration', 'chunkSize', 'phase', 'phase', 'phase', 'phase']);
  });
});
