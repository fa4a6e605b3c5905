import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { type ItemServer, readItems, serverWith, startItemServer } from '../support/item-server.js';
import { itemRows } from '../support/items.js';
import { richStatusOf } from '../support/rich-status.js';
import { waitFor } from '../support/wait-for.js';

const ROWS = 5000;
const SETTINGS = { chunkSize: 100, cancellationCheckInterval: 10 };

/** A server that can be told to end, as `runServer` tells it. */
async function startEndable(port: number): Promise<ItemServer & { end(): Promise<void> }> {
  const shutdown = new AbortController();
  const server = await startItemServer({ port, rows: ROWS, settings: SETTINGS, shutdown: shutdown.signal });
  return {
    ...server,
    async end() {
      shutdown.abort();
      await server.server.stop(30);
    },
  };
}

describe('a graceful restart', () => {
  it('ends every stream after a whole message with UNAVAILABLE and a retry delay; clients that resume get every row once', async () => {
    let server = await startEndable(0);
    const { port } = server.server;
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    onTestFinished(() => client.close());
    const restarts = 3;
    const endings: { readonly code: string; readonly retry: unknown }[] = [];
    const consumers = Array.from({ length: 20 }, () => consume());
    for (let restart = 0; restart < restarts; restart++) {
      await waitFor(
        'streams',
        () => server.calls.length >= 10 && server.calls.every(({ call }) => call.writable || call.cancelled),
      );
      await server.end();
      server = await startEndable(port);
    }
    const rows = await Promise.all(consumers);
    await server.end();
    const ids = Array.from({ length: ROWS }, (_, index) => index + 1);
    for (const consumed of rows) expect(consumed).toEqual(ids);
    expect(new Set(endings.map(({ code }) => code))).toEqual(new Set(['OK', 'UNAVAILABLE']));
    const told = endings.filter(({ retry }) => retry !== undefined);
    // Others were refused a connection while no server was there.
    expect(told.length).toBeGreaterThanOrEqual(10);
    for (const { retry } of told) expect(retry).toMatchObject({ retryDelay: { seconds: 1 } });

    /** Reads on after the last row for as long as the server says UNAVAILABLE. */
    async function consume(): Promise<number[]> {
      const consumed: number[] = [];
      for (;;) {
        const afterId = consumed.at(-1);
        const read = readItems(client, afterId === undefined ? {} : { afterId });
        const { code, status } = await read.ended;
        consumed.push(...read.rows.map(({ id }) => id));
        endings.push({ code, retry: richStatusOf(status)?.details['google.rpc.RetryInfo'] });
        if (code !== 'UNAVAILABLE') return consumed;
        // A channel that has no connection fails at once.
        await new Promise<void>((resolve) => client.waitForReady(Date.now() + 60_000, () => resolve()));
      }
    }
  });
});

describe('stopping', () => {
  it('refuses calls on connections that are still open, and waits for those that run', async () => {
    const stalled = stallAtRow(50, inMemoryDelegate(itemRows(100)));
    const server = await serverWith({ delegate: stalled, settings: SETTINGS });
    const client = server.connect();
    const running = readItems(client);
    await stalled.stalled;
    const stopped = server.server.stop(3600);
    const late = await readItems(client).ended;
    expect(late.code).toBe('UNAVAILABLE');
    stalled.release();
    expect((await running.ended).code).toBe('OK');
    await stopped;
  });

  it('cuts calls that have not ended when the grace time is over; their clients see UNAVAILABLE, not CANCELLED', async () => {
    const server = await serverWith({ delegate: stallAtRow(50, inMemoryDelegate(itemRows(100))) });
    const running = readItems(server.connect());
    await waitFor('the stream', () => server.calls.length === 1);
    await server.server.stop(0.05);
    expect((await running.ended).code).toBe('UNAVAILABLE');
  });
});
