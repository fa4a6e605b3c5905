import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  iterableSource,
  type RunningStream,
  type StreamMetrics,
  type StreamSummary,
  streamQuery,
} from '../../src/runtime/index.js';
import { failAtRow, inMemoryDelegate } from '../../src/testing/index.js';
import { readOverLoopback } from '../support/item-readers.js';
import { type ItemServiceOptions, type ServedItems, serveItems } from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import { waitFor } from '../support/wait-for.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(options: ItemServiceOptions): Promise<ServedItems> {
  const server = await serveItems(options);
  cleanups.push(server.close);
  return server;
}

/** Metrics that write down what they are told. */
function notes() {
  const started: RunningStream[] = [];
  const ended: { stream: RunningStream; summary: StreamSummary; failure: unknown }[] = [];
  const chunks: number[] = [];
  const metrics: StreamMetrics = {
    streamStarted: (stream) => started.push(stream),
    chunkRead: (_, { rows }) => chunks.push(rows),
    streamEnded: (stream, summary, failure) => ended.push({ stream, summary, failure }),
  };
  return { metrics, started, ended, chunks };
}

describe('the metrics of a service', () => {
  it('get the start, each chunk and the end, with the same stream and the summary', async () => {
    const { metrics, started, ended, chunks } = notes();
    const delegate = inMemoryDelegate(itemRows(250));
    const { client, summaries } = await start({ delegate, metrics, settings: { chunkSize: 100 } });
    await readOverLoopback(client).ended;
    await waitFor('the end', () => ended.length > 0);
    expect(chunks).toHaveLength(delegate.queries.length);
    expect(chunks.reduce((sum, rows) => sum + rows)).toBe(250);
    expect(ended).toEqual([{ stream: started[0], summary: summaries[0], failure: undefined }]);
    expect(started).toHaveLength(1);
    expect(started[0]).toMatchObject({ model: 'Item', method: 'test.v1.ItemStreamService/StreamItems' });
    expect(started[0]?.metadata?.get('user-agent')).toHaveLength(1);
  });

  it('see the progress of a stream while it runs, and that it waits for its client', async () => {
    const { metrics, started, ended } = notes();
    const delegate = inMemoryDelegate(itemRows(20_000, 1000));
    const { client } = await start({ delegate, metrics });
    const reader = readOverLoopback(client, { stopAfter: 100 });
    await waitFor('the drain wait', () => (started[0]?.progress().times.drainMs ?? 0) > 50);
    const running = started[0]?.progress();
    expect(running?.rows).toBeGreaterThanOrEqual(100);
    expect(running?.rows).toBeLessThan(20_000);
    expect(running?.bytes).toBeGreaterThan((running?.rows ?? 0) * 1000);
    expect(running?.queuedBytes).toBeGreaterThan(0);
    expect(running?.rowsRead).toBeGreaterThanOrEqual(running?.rows ?? 0);
    await waitFor('more of it', () => (started[0]?.progress().times.drainMs ?? 0) > (running?.times.drainMs ?? 0));
    reader.resume();
    await reader.ended;
    await waitFor('the end', () => ended.length > 0);
    const { rows, bytes, messages, rowsRead, times } = ended[0]?.summary ?? {};
    expect(started[0]?.progress()).toMatchObject({ rows, bytes, messages, rowsRead, times, queuedBytes: 0 });
    expect(rows).toBe(20_000);
  });

  it('may be several: one that fails is logged once for a stream, and affects neither the stream nor the others', async () => {
    const { metrics, ended } = notes();
    const fail = () => {
      throw new Error('no such metric');
    };
    const failLater = async () => fail();
    const delegate = inMemoryDelegate(itemRows(250));
    const { client, logs } = await start({
      delegate,
      metrics: [
        { streamStarted: fail, chunkRead: fail, streamEnded: fail },
        { streamStarted: failLater, streamEnded: failLater },
        metrics,
      ],
    });
    const reader = readOverLoopback(client);
    expect((await reader.ended).name).toBe('OK');
    expect(reader.rows).toHaveLength(250);
    await waitFor('the end', () => ended.length > 0);
    const complaints = () => logs.filter(({ level, line }) => level === 'error' && line === 'Streaming metrics failed');
    await waitFor('the complaints', () => complaints().length >= 2);
    expect(complaints()).toHaveLength(2);
    expect(logs.some(({ line }) => line.startsWith('Streaming metrics: 250 items'))).toBe(true);
  });

  it('get the error of a stream', async () => {
    const { metrics, ended } = notes();
    const error = new Error('gone');
    const { client } = await start({ delegate: failAtRow(51, error, inMemoryDelegate(itemRows(100))), metrics });
    await readOverLoopback(client).ended;
    await waitFor('the end', () => ended.length > 0);
    expect(ended[0]).toMatchObject({ failure: error, summary: { end: 'failed', status: 'INTERNAL' } });
  });

  it('are not called when metrics are off, and no clock is read', async () => {
    const { metrics, started, ended, chunks } = notes();
    const delegate = inMemoryDelegate(itemRows(1000));
    const { client, logs } = await start({ delegate, metrics, settings: { enableMetrics: false, chunkSize: 10 } });
    const readers: string[] = [];
    const note = () =>
      void readers.push(new Error().stack?.split('\n').find((line) => line.includes('/src/runtime/')) ?? '');
    const { now } = performance;
    const { bigint } = process.hrtime;
    const spies = [
      vi.spyOn(performance, 'now').mockImplementation(() => {
        note();
        return now.call(performance);
      }),
      vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => {
        note();
        return bigint.call(process.hrtime);
      }),
    ];
    try {
      expect((await readOverLoopback(client).ended).name).toBe('OK');
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(readers.filter((reader) => reader !== '')).toEqual([]);
    expect({ started, ended, chunks, logs }).toEqual({ started: [], ended: [], chunks: [], logs: [] });
  });
});

describe('the line of a stream', () => {
  it('has every figure as a field', async () => {
    const { client, logs } = await start({ delegate: inMemoryDelegate(itemRows(1234)), settings: { chunkSize: 100 } });
    await readOverLoopback(client).ended;
    await waitFor('the line', () => logs.length > 0);
    const count = expect.any(Number);
    expect(logs[0]?.fields).toEqual({
      model: 'Item',
      method: 'test.v1.ItemStreamService/StreamItems',
      end: 'done',
      status: 'OK',
      rows: 1234,
      messages: 1234,
      bytes: count,
      durationMs: count,
      firstRowMs: count,
      rowsPerSecond: count,
      averageLatencySeconds: count,
      times: { databaseMs: count, encodeMs: count, writeMs: count, drainMs: count },
      peakQueuedBytes: count,
      queries: 14,
      rowsRead: 1234,
      chunkSize: 100,
      largestChunk: 100,
      valuesLeftOut: 0,
    });
    expect(JSON.parse(JSON.stringify(logs[0]?.fields))).toEqual(logs[0]?.fields);
  });
});

describe('the metrics of a streamQuery', () => {
  it('count the messages that were taken', async () => {
    const { metrics, started, ended, chunks } = notes();
    const rows = Array.from({ length: 25 }, (_, index) => index);
    const seen: number[] = [];
    const stream = streamQuery({
      query: iterableSource(rows),
      toMessage: (row: number) => row,
      name: 'report',
      chunkSize: 10,
      metrics,
    });
    for await (const _ of stream) seen.push(started[0]?.progress().rows ?? -1);
    expect(seen).toEqual(rows.map((row) => row + 1));
    expect(chunks).toEqual([10, 10, 5]);
    expect(started[0]).toMatchObject({ model: 'report', method: '' });
    expect(ended.map(({ summary }) => summary)).toMatchObject([{ rows: 25, messages: 25, end: 'done', rowsRead: 25 }]);
    expect(ended[0]?.summary.firstRowMs).toBeLessThanOrEqual(ended[0]?.summary.durationMs ?? 0);
  });
});
