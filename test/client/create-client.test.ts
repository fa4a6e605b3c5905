import { status as Status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient, openChannel } from '../../src/client/index.js';
import type { StreamingSettings } from '../../src/runtime/index.js';
import { inMemoryDelegate, slowConsumer } from '../../src/testing/index.js';
import { serveItems } from '../support/item-service.js';
import { type Item, ItemServiceDefinition, itemRows } from '../support/items.js';
import { atRest, waitFor } from '../support/wait-for.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  rows: number,
  rowBytes = 10,
  settings: Partial<StreamingSettings> = {},
  options: Parameters<typeof openChannel>[1] = {},
) {
  const delegate = inMemoryDelegate(itemRows(rows, rowBytes));
  const server = await serveItems({ delegate, settings: { chunkSize: 100, yieldTimeout: 60, ...settings } });
  cleanups.push(server.close);
  const channel = openChannel(server.server.address, options);
  cleanups.push(() => channel.close());
  return { delegate, server, items: createClient(ItemServiceDefinition, channel) };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

describe('createClient', () => {
  it('streams rows', async () => {
    const { items } = await start(2500);
    expect(await collect(items.streamItems())).toEqual(itemRows(2500));
  });

  it('streams batches', async () => {
    const { items } = await start(2500);
    const batches = await collect(items.streamItemBatches({ batchSize: 40 }));
    expect(batches.flatMap((batch) => batch.items)).toEqual(itemRows(2500));
    expect(Math.max(...batches.map((batch) => batch.items.length))).toBe(40);
  });

  it('sends the limit and the position of a request', async () => {
    const { items } = await start(100);
    const rows = await collect(items.streamItems({ limit: 5n, after: { id: 50 } }));
    expect(rows.map(({ id }) => id)).toEqual([51, 52, 53, 54, 55]);
  });

  it('cancels the stream at the server when the loop is left', async () => {
    const { items, server, delegate } = await start(100_000, 100);
    for await (const { id } of items.streamItems()) if (id === 500) break;
    await waitFor('the summary', () => server.summaries.length > 0);
    expect(server.summaries[0]?.end).toBe('cancelled');
    expect(delegate.rowsRead).toBeLessThan(100_000);
  });

  it('cancels the stream at the server when the loop throws', async () => {
    const { items, server } = await start(100_000, 100);
    const read = async () => {
      for await (const { id } of items.streamItems()) if (id === 500) throw new Error('disk full');
    };
    await expect(read()).rejects.toThrow('disk full');
    await waitFor('the summary', () => server.summaries.length > 0);
    expect(server.summaries[0]?.end).toBe('cancelled');
  });

  it('cancels when its signal is aborted, and the loop throws CANCELLED', async () => {
    const { items, server } = await start(100_000, 100);
    const controller = new AbortController();
    const read = async () => {
      for await (const { id } of items.streamItems({}, { signal: controller.signal })) {
        if (id === 500) controller.abort();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: Status.CANCELLED });
    await waitFor('the summary', () => server.summaries.length > 0);
    expect(server.summaries[0]?.end).toBe('cancelled');
  });

  it('opens no call when its signal is already aborted', async () => {
    const { items, server } = await start(10);
    await expect(collect(items.streamItems({}, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(server.calls).toHaveLength(0);
  });

  it('opens no call before the loop begins', async () => {
    const { items, server } = await start(10);
    items.streamItems();
    expect(await collect(items.streamItems())).toHaveLength(10);
    expect(server.calls).toHaveLength(1);
  });

  it('throws DEADLINE_EXCEEDED when its deadline passes', async () => {
    const { items, server } = await start(1_000, 1000, {}, { flowControlWindow: 64 * 1024 });
    const slow = slowConsumer<Item>(items.streamItems({}, { deadline: new Date(Date.now() + 300) }), {
      rowsPerSecond: 100,
    });
    await expect(collect(slow)).rejects.toMatchObject({ code: Status.DEADLINE_EXCEEDED });
    await waitFor('the summary', () => server.summaries.length > 0);
    expect(server.summaries[0]?.end).toBe('deadline');
  });

  it('throws the status of the server, with its text', async () => {
    const { items } = await start(10);
    await expect(collect(items.streamItems({ limit: -1n }))).rejects.toMatchObject({
      code: Status.INVALID_ARGUMENT,
      details: 'limit must not be negative',
    });
  });

  it('slows the server to the pace of the loop', async () => {
    const rows = 40_000;
    const { items, delegate } = await start(rows, 1000, { maxQueuedBytes: 256 * 1024 });
    const consumer = slowConsumer<Item>(items.streamItems(), { pauseAfter: 10 });
    const reading = collect(consumer);
    await waitFor('the pause', () => consumer.paused);
    // The window that openChannel asks for, 4 MiB, and the buffers beneath.
    expect(await atRest(() => delegate.rowsRead)).toBeLessThan(12_000);
    consumer.resume();
    expect(await reading).toHaveLength(rows);
  });
});
