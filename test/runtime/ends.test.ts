import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RowReader, StreamEnd } from '../../src/runtime/index.js';
import { failAtRow, type InMemoryDelegate, inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { type ItemReader, type ReadOptions, readOverLoopback, readThroughFakeCall } from '../support/item-readers.js';
import {
  type ItemService,
  type ItemServiceOptions,
  itemService,
  listenersOf,
  serveItems,
} from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import { activeTimers, atRest, idleTurns, waitFor } from '../support/wait-for.js';

const SETTINGS = { chunkSize: 100, cancellationCheckInterval: 10, readahead: 1, yieldTimeout: 20 };
/** Short, so that a test is not; nothing depends on how short. */
const SHORT_TIMEOUT = { ...SETTINGS, yieldTimeout: 0.3 };

/** A stream over one of the two roads. */
interface Road {
  open(options: ItemServiceOptions): Promise<ItemService & { read(options?: ReadOptions): ItemReader }>;
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const roads: Readonly<Record<string, Road>> = {
  'a loopback connection': {
    async open(options) {
      const server = await serveItems(options);
      cleanups.push(server.close);
      // The connection has timers of its own; it is there before any are counted.
      await new Promise<void>((resolve, reject) =>
        server.client.waitForReady(Date.now() + 30_000, (error) => (error ? reject(error) : resolve())),
      );
      return { ...server, read: (read) => readOverLoopback(server.client, read) };
    },
  },
  'a fake call': {
    async open(options) {
      const service = itemService(options);
      return { ...service, read: (read) => readThroughFakeCall(service, read) };
    },
  },
};

/** What must hold after any end, however it came about. */
async function expectCleanEnd(service: ItemService, end: StreamEnd, status: string, timersBefore: number) {
  await waitFor('the summary', () => service.summaries.length > 0);
  const [summary] = service.summaries;
  expect(summary).toMatchObject({
    end,
    status,
    model: 'Item',
    method: 'test.v1.ItemStreamService/StreamItems',
  });
  const metrics = service.logs.filter(({ line }) => line.startsWith('Streaming metrics: '));
  expect(metrics).toHaveLength(1);
  expect(metrics[0]?.line).toMatch(
    /^Streaming metrics: \d+ items, rate: \d+\.\d\d items\/s, avg latency: \d+\.\d{4,}s$/,
  );
  expect(metrics[0]?.fields).toMatchObject({ end, status, rows: summary?.rows });
  const { call, listeners } = service.calls[0] as ItemService['calls'][number];
  await waitFor('the listeners to go', () => listenersOf(call) <= listeners);
  await waitFor('the timers to go', () => activeTimers() <= timersBefore);
  expect(service.summaries).toHaveLength(1);
}

/** No query comes after the end; and what was read is no more than what was written and what may be read ahead. */
async function expectQueriesStopped(delegate: InMemoryDelegate, service: ItemService) {
  const queries = delegate.queries.length;
  await idleTurns();
  expect(delegate.queries.length).toBe(queries);
  const written = service.summaries[0]?.rows ?? 0;
  const ahead = (SETTINGS.readahead + 1) * SETTINGS.chunkSize;
  expect(delegate.rowsRead).toBeLessThanOrEqual(Math.ceil(written / SETTINGS.chunkSize) * SETTINGS.chunkSize + ahead);
}

/** A table with no end in sight, read a chunk every few milliseconds. */
function slowly(delegate: InMemoryDelegate): RowReader {
  return {
    async findMany(args) {
      await delay(5);
      return delegate.findMany(args);
    },
  };
}

describe.each(Object.entries(roads))('a stream over %s', (name, road) => {
  it('that is read to its end delivers every row in order, and OK', async () => {
    const rows = itemRows(1234);
    const delegate = inMemoryDelegate(rows);
    const service = await road.open({ delegate, settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read();
    expect((await reader.ended).name).toBe('OK');
    expect(reader.rows).toEqual(rows);
    await expectCleanEnd(service, 'done', 'OK', timers);
    expect(service.summaries[0]).toMatchObject({ rows: 1234, messages: 1234, rowsRead: 1234, queries: 14 });
    expect(service.logs.map(({ level }) => level)).toEqual(['info']);
  });

  it('ends with OK over an empty table', async () => {
    const service = await road.open({ delegate: inMemoryDelegate([]), settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read();
    expect((await reader.ended).name).toBe('OK');
    expect(reader.rows).toEqual([]);
    await expectCleanEnd(service, 'done', 'OK', timers);
  });

  it('that the client cancels stops the query, and is no failure', async () => {
    const delegate = inMemoryDelegate(itemRows(100_000));
    const service = await road.open({ delegate: slowly(delegate), settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read();
    await waitFor('some rows', () => reader.rows.length > 300);
    reader.cancel();
    expect((await reader.ended).name).toBe('CANCELLED');
    await expectCleanEnd(service, 'cancelled', 'CANCELLED', timers);
    await expectQueriesStopped(delegate, service);
    expect(service.logs.map(({ level }) => level)).toEqual(['info']);
  });

  it('that the client cancels while the database hangs ends at once for the client', async () => {
    const delegate = inMemoryDelegate(itemRows(1000));
    const stalling = stallAtRow(300, delegate);
    const service = await road.open({ delegate: stalling, settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read();
    await stalling.stalled;
    reader.cancel();
    expect((await reader.ended).name).toBe('CANCELLED');
    stalling.release();
    await expectCleanEnd(service, 'cancelled', 'CANCELLED', timers);
    await expectQueriesStopped(delegate, service);
  });

  it('that the client cancels while it does not read frees everything', async () => {
    const delegate = inMemoryDelegate(itemRows(20_000, 1000));
    const service = await road.open({ delegate, settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read({ stopAfter: 50 });
    await waitFor('some rows', () => reader.rows.length >= 50);
    await atRest(() => delegate.rowsRead);
    reader.cancel();
    expect((await reader.ended).name).toBe('CANCELLED');
    await expectCleanEnd(service, 'cancelled', 'CANCELLED', timers);
    await expectQueriesStopped(delegate, service);
  });

  it('whose deadline passes ends with DEADLINE_EXCEEDED, at the client and in the log', async () => {
    const delegate = inMemoryDelegate(itemRows(100_000));
    const service = await road.open({ delegate: slowly(delegate), settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read({ deadline: new Date(Date.now() + 300) });
    expect((await reader.ended).name).toBe('DEADLINE_EXCEEDED');
    await expectCleanEnd(service, 'deadline', 'DEADLINE_EXCEEDED', timers);
    await expectQueriesStopped(delegate, service);
    expect(service.logs.map(({ level }) => level)).toEqual(['warn']);
  });

  it('whose consumer takes nothing for the yield timeout is reset', async () => {
    const delegate = inMemoryDelegate(itemRows(20_000, 1000));
    // Less room than a chunk needs: it is in the midst of one that the client stops.
    const service = await road.open({ delegate, settings: { ...SHORT_TIMEOUT, maxQueuedBytes: 64 * 1024 } });
    const timers = activeTimers();
    const reader = service.read({ stopAfter: 80 });
    // Without waiting for the client: the server's side is freed at that very moment.
    await expectCleanEnd(service, 'consumer-stalled', 'RESOURCE_EXHAUSTED', timers);
    await expectQueriesStopped(delegate, service);
    reader.resume();
    expect((await reader.ended).name).toBe('RESOURCE_EXHAUSTED');
    if (name === 'a fake call') {
      expect((await reader.ended).details).toBe(
        'the client took nothing for 0.3 s; open the stream again with `after` set to the key of the last row received',
      );
    }
    expect(service.logs.map(({ level }) => level)).toEqual(['warn']);
  });

  it('whose database hangs for the yield timeout ends with ABORTED and says how to resume', async () => {
    const delegate = inMemoryDelegate(itemRows(1000));
    const stalling = stallAtRow(501, delegate);
    const service = await road.open({ delegate: stalling, settings: SHORT_TIMEOUT });
    const timers = activeTimers();
    const reader = service.read();
    expect(await reader.ended).toMatchObject({
      name: 'ABORTED',
      details:
        'the database returned nothing for 0.3 s; open the stream again with `after` set to the key of the last row received',
    });
    // The report does not wait for a database that may never answer.
    await expectCleanEnd(service, 'database-stalled', 'ABORTED', timers);
    await expectQueriesStopped(delegate, service);
    stalling.release();
    await expectQueriesStopped(delegate, service);
    expect(service.summaries).toHaveLength(1);
    expect(service.logs.map(({ level }) => level)).toEqual(['warn']);
  });

  it('ends with UNAVAILABLE when the server shuts down', async () => {
    const delegate = inMemoryDelegate(itemRows(100_000));
    const shutdown = new AbortController();
    const service = await road.open({ delegate: slowly(delegate), settings: SETTINGS, shutdown: shutdown.signal });
    const timers = activeTimers();
    const reader = service.read();
    await waitFor('some rows', () => reader.rows.length > 300);
    shutdown.abort();
    expect(await reader.ended).toMatchObject({
      name: 'UNAVAILABLE',
      details:
        'the server is shutting down; open the stream again with `after` set to the key of the last row received',
    });
    await expectCleanEnd(service, 'shutdown', 'UNAVAILABLE', timers);
    await expectQueriesStopped(delegate, service);
    expect(service.logs.map(({ level }) => level)).toEqual(['info']);
  });

  it('refuses a client during the shutdown', async () => {
    const delegate = inMemoryDelegate(itemRows(10));
    const service = await road.open({ delegate, settings: SETTINGS, shutdown: AbortSignal.abort() });
    const timers = activeTimers();
    expect((await service.read().ended).name).toBe('UNAVAILABLE');
    await expectCleanEnd(service, 'shutdown', 'UNAVAILABLE', timers);
    expect(delegate.queries).toHaveLength(0);
  });

  it('whose query fails has the reason in the log, and not at the client', async () => {
    const error = new Error('password of 10.0.0.5 refused');
    const delegate = inMemoryDelegate(itemRows(1000));
    const service = await road.open({ delegate: failAtRow(501, error, delegate), settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read();
    expect(await reader.ended).toMatchObject({ name: 'INTERNAL', details: 'internal error' });
    await expectCleanEnd(service, 'failed', 'INTERNAL', timers);
    await expectQueriesStopped(delegate, service);
    expect(service.logs[0]).toMatchObject({ level: 'error', line: 'Streaming error', fields: { err: error } });
    expect(service.logs.map(({ level }) => level)).toEqual(['error', 'warn']);
  });

  it('whose row cannot be encoded ends with INTERNAL', async () => {
    const rows = itemRows(1000).map((row) => (row.id === 505 ? { ...row, title: 42 } : row));
    const delegate = inMemoryDelegate(rows);
    const service = await road.open({ delegate, settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read();
    expect(await reader.ended).toMatchObject({
      name: 'INTERNAL',
      details: expect.stringMatching(/^Item.title holds a number where a text was expected; /),
    });
    await expectCleanEnd(service, 'failed', 'INTERNAL', timers);
    await expectQueriesStopped(delegate, service);
  });

  it('whose row is larger than a message may be says how large it is', async () => {
    const rows = itemRows(1000).map((row) => (row.id === 505 ? { ...row, title: 'x'.repeat(2000) } : row));
    const delegate = inMemoryDelegate(rows);
    const service = await road.open({ delegate, settings: { ...SETTINGS, maxMessageBytes: 1024 } });
    const timers = activeTimers();
    const reader = service.read();
    const { name: status, details } = await reader.ended;
    expect(status).toBe('RESOURCE_EXHAUSTED');
    expect(details).toBe(
      'a row needs 2006 bytes, more than the 1024 that a message may have; raise streaming.maxMessageBytes, and grpc.max_receive_message_length at the client',
    );
    await expectCleanEnd(service, 'failed', 'RESOURCE_EXHAUSTED', timers);
    await expectQueriesStopped(delegate, service);
  });

  it('whose deadline passes while the client does not read frees everything', async () => {
    const delegate = inMemoryDelegate(itemRows(20_000, 1000));
    const service = await road.open({ delegate, settings: SETTINGS });
    const timers = activeTimers();
    const reader = service.read({ stopAfter: 50, deadline: new Date(Date.now() + 300) });
    await expectCleanEnd(service, 'deadline', 'DEADLINE_EXCEEDED', timers);
    await expectQueriesStopped(delegate, service);
    reader.resume();
    expect((await reader.ended).name).toBe('DEADLINE_EXCEEDED');
  });

  it('whose database hangs while the client still takes queued rows ends for the database', async () => {
    // Enough rows for the client to be taking some when the database is waited for again.
    const delegate = inMemoryDelegate(itemRows(1000, 3000));
    const stalling = stallAtRow(201, delegate);
    const service = await road.open({ delegate: stalling, settings: SHORT_TIMEOUT });
    const timers = activeTimers();
    expect((await service.read().ended).name).toBe('ABORTED');
    await expectCleanEnd(service, 'database-stalled', 'ABORTED', timers);
    stalling.release();
  });

  it('refuses an invalid request, and names the field', async () => {
    const delegate = inMemoryDelegate(itemRows(10));
    const service = await road.open({ delegate, settings: SETTINGS });
    const reader = service.read({ request: { limit: -1n } });
    expect(await reader.ended).toMatchObject({ name: 'INVALID_ARGUMENT', details: 'limit must not be negative' });
    expect(delegate.queries).toHaveLength(0);
  });

  it('logs only errors when metrics are off', async () => {
    const delegate = failAtRow(501, new Error('gone'), inMemoryDelegate(itemRows(1000)));
    const service = await road.open({ delegate, settings: { ...SETTINGS, enableMetrics: false } });
    expect((await service.read().ended).name).toBe('INTERNAL');
    await waitFor('the error', () => service.logs.length > 0);
    await idleTurns();
    expect(service.logs.map(({ line }) => line)).toEqual(['Streaming error']);
    expect(service.summaries).toEqual([]);
  });
});
