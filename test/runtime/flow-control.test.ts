import { afterEach, describe, expect, it } from 'vitest';
import { failAtRow, inMemoryDelegate, slowConsumer } from '../../src/testing/index.js';
import { openItems, readOverLoopback, readThroughFakeCall } from '../support/item-readers.js';
import { itemService, type ServerCall, serveItems } from '../support/item-service.js';
import { type Item, itemRows } from '../support/items.js';
import { atRest, waitFor } from '../support/wait-for.js';

const ROW_BYTES = 1000;
const ROWS = 40_000;
/** Rows that do not fit into the window of a client that reads nothing, and of which no more than half of its queue is left. */
const FITTING = 90;
const SETTINGS = { chunkSize: 100, readahead: 1, maxQueuedBytes: 256 * 1024, yieldTimeout: 60 };

/**
 * What a client that does not read may cost: the queue and a block over it, the windows of the connection and the buffers of both
 * sockets and streams beneath, and the chunks. A table of 40 MB is ten times that.
 */
const BUFFERS_BYTES = 2.5 * 1024 * 1024;
const MOST_ROWS =
  (SETTINGS.maxQueuedBytes + 64 * 1024 + BUFFERS_BYTES) / ROW_BYTES + (SETTINGS.readahead + 1) * SETTINGS.chunkSize;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(wrap?: (call: ServerCall) => ServerCall) {
  const delegate = inMemoryDelegate(itemRows(ROWS, ROW_BYTES));
  const server = await serveItems({ delegate, settings: SETTINGS, ...(wrap ? { wrap } : {}) });
  cleanups.push(server.close);
  return { delegate, server };
}

/** What grpc-js's own stream hides: then blocks go message by message through its public interface. */
function withoutHttp2(call: ServerCall): ServerCall {
  Reflect.set(call, 'call', new Proxy(Reflect.get(call, 'call') as object, hidingStream));
  return call;
}

const hidingStream: ProxyHandler<object> = {
  get(target, property) {
    if (property === 'stream' || property === 'nextCall') return undefined;
    const value: unknown = Reflect.get(target, property);
    return typeof value === 'function' ? value.bind(target) : value;
  },
};

describe.each([
  ['blocks on the HTTP/2 stream', undefined],
  ["grpc-js's public interface", withoutHttp2],
])('over %s', (_, wrap) => {
  it('a client that stops reading stops the database', async () => {
    const { delegate, server } = await start(wrap);
    const reader = readOverLoopback(server.client, { stopAfter: 10 });
    const read = await atRest(() => delegate.rowsRead);
    expect(read).toBeLessThanOrEqual(MOST_ROWS);

    // It did not end there: it goes on as soon as the client does, and nothing was lost.
    reader.resume();
    expect((await reader.ended).name).toBe('OK');
    expect(reader.rows).toHaveLength(ROWS);
    expect(reader.rows.map(({ id }) => id)).toEqual(itemRows(ROWS).map(({ id }) => id));
    expect(server.summaries[0]?.peakQueuedBytes).toBeLessThanOrEqual(SETTINGS.maxQueuedBytes + 72 * 1024 + ROW_BYTES);
    expect(server.summaries[0]?.times.drainMs).toBeGreaterThan(200);
  });

  it('no more than the limit is queued, however large a chunk is', async () => {
    const delegate = inMemoryDelegate(itemRows(ROWS, ROW_BYTES));
    const settings = { ...SETTINGS, chunkSize: 4000 };
    const server = await serveItems({ delegate, settings, ...(wrap ? { wrap } : {}) });
    cleanups.push(server.close);
    const reader = readOverLoopback(server.client, { stopAfter: 10 });
    await atRest(() => delegate.rowsRead);
    reader.resume();
    expect((await reader.ended).name).toBe('OK');
    expect(server.summaries[0]?.peakQueuedBytes).toBeLessThanOrEqual(SETTINGS.maxQueuedBytes + 72 * 1024 + ROW_BYTES);
  });

  it('a client that reads late gets everything that was queued when the table ended', async () => {
    const rows = itemRows(FITTING, ROW_BYTES);
    const delegate = inMemoryDelegate(rows);
    const server = await serveItems({ delegate, settings: SETTINGS, ...(wrap ? { wrap } : {}) });
    cleanups.push(server.close);
    const reader = readOverLoopback(server.client, { stopAfter: 1 });
    await atRest(() => delegate.rowsRead);
    expect(delegate.rowsRead).toBe(rows.length);
    reader.resume();
    expect((await reader.ended).name).toBe('OK');
    expect(reader.rows).toEqual(rows);
  });

  it('a slow client slows the database to its pace', async () => {
    const { delegate, server } = await start(wrap);
    const stream = openItems(server.client);
    stream.on('error', () => {});
    const consumer = slowConsumer<Item>(stream, { rowsPerSecond: 200 });
    for await (const _ of consumer) if (consumer.received === 100) break;
    expect(delegate.rowsRead).toBeLessThanOrEqual(MOST_ROWS + consumer.received);
    stream.cancel();
    await waitFor('the summary', () => server.summaries.length > 0);
    expect(server.summaries[0]?.end).toBe('cancelled');
  });
});

describe('through a fake call', () => {
  it('a client that stops reading stops the database: no query starts while half of the queue is taken', async () => {
    const delegate = inMemoryDelegate(itemRows(ROWS, ROW_BYTES));
    const settings = { ...SETTINGS, chunkSize: 20 };
    const service = itemService({ delegate, settings });
    // It has taken more than the queue holds, so that the queue has its full size.
    const stopAfter = 400;
    const reader = readThroughFakeCall(service, { stopAfter });
    const read = await atRest(() => delegate.rowsRead);
    // Nothing lies beneath here: the bound is exact.
    const queued = settings.maxQueuedBytes / 2;
    expect(read).toBeLessThanOrEqual(stopAfter + queued / ROW_BYTES + 2 * settings.chunkSize);
    reader.resume();
    expect((await reader.ended).name).toBe('OK');
    expect(reader.rows).toHaveLength(ROWS);
  });
});

describe('a stream that failed', () => {
  it('is not kept for a client that never reads its status', async () => {
    const delegate = failAtRow(FITTING, new Error('no more'), inMemoryDelegate(itemRows(ROWS, ROW_BYTES)));
    const server = await serveItems({ delegate, settings: { ...SETTINGS, yieldTimeout: 0.3 } });
    cleanups.push(server.close);
    readOverLoopback(server.client, { stopAfter: 1 });
    await waitFor('the failure is told', () => server.summaries[0]?.end === 'failed');
    await waitFor('the client is let go', () => server.calls[0]?.call.cancelled === true, 10_000);
  });
});
