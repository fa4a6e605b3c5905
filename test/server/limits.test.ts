import { connect } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { checkHealth } from '../../src/server/index.js';
import { CallRate, networkOf } from '../../src/server/limits/client-limits.js';
import { inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { countItems, METHOD, readItems, serverWith } from '../support/item-server.js';
import { itemRows } from '../support/items.js';
import { richStatusOf } from '../support/rich-status.js';
import { waitFor } from '../support/wait-for.js';

/** A table whose streams do not end by themselves. */
const endless = () => stallAtRow(50, inMemoryDelegate(itemRows(100)));

describe('streams at a time', () => {
  it('are limited in total: one more is refused with a time to try again', async () => {
    const server = await serverWith({ delegate: endless(), limits: { maxStreams: 2 } });
    const client = server.connect();
    const reads = [readItems(client), readItems(client)];
    await waitFor('both streams', () => server.calls.length === 2);
    const refused = await countItems(client);
    expect(refused).toMatchObject({ code: 'RESOURCE_EXHAUSTED', rows: 0 });
    expect(refused.status.details).toBe('the server has no room for more streams');
    expect(richStatusOf(refused.status)?.details).toMatchObject({
      'google.rpc.ErrorInfo': { reason: 'LIMIT_STREAMS' },
      'google.rpc.RetryInfo': { retryDelay: { seconds: 1 } },
    });
    for (const { call } of reads) call.cancel();
  });

  it('count until their last query has ended, also after the client has reset them', async () => {
    const delegate = endless();
    const server = await serverWith({ delegate, limits: { maxStreams: 1 } });
    const client = server.connect();
    const first = readItems(client);
    await delegate.stalled;
    first.call.cancel();
    await waitFor('its end', () => server.calls[0]?.call.cancelled === true);
    expect((await countItems(client)).code).toBe('RESOURCE_EXHAUSTED');
    delegate.release();
    await waitFor('the report', () => server.summaries.length === 1);
    expect((await countItems(client)).code).toBe('OK');
  });

  it('are limited by client, which is the authenticated principal', async () => {
    const server = await serverWith({
      delegate: endless(),
      limits: { maxStreamsPerClient: 1 },
      authenticate: ({ metadata }) => ({ id: String(metadata.get('name')[0]) }),
    });
    const client = server.connect();
    const ada = { metadata: { name: 'ada' } };
    const reads = [readItems(client, ada)];
    await waitFor('the stream', () => server.calls.length === 1);
    const refused = await countItems(client, ada);
    expect(refused.code).toBe('RESOURCE_EXHAUSTED');
    expect(refused.status.details).toBe('a client may have 1 streams at a time');
    reads.push(readItems(client, { metadata: { name: 'grace' } }));
    await waitFor('the stream of another', () => server.calls.length === 2);
    for (const { call } of reads) call.cancel();
  });

  it('leave room for health checks of a server that is full', async () => {
    const server = await serverWith({ delegate: endless(), limits: { maxStreams: 1 } });
    const read = readItems(server.connect());
    await waitFor('the stream', () => server.calls.length === 1);
    expect(await checkHealth({ address: server.server.address })).toBe('SERVING');
    read.call.cancel();
  });
});

describe('calls a second', () => {
  it('are limited by address, before authentication', async () => {
    let asked = 0;
    const server = await serverWith({
      limits: { maxCallsPerSecond: 50 },
      authenticate: () => {
        asked++;
        return undefined;
      },
    });
    const client = server.connect();
    const codes = (await Promise.all(Array.from({ length: 99 }, () => countItems(client)))).map(({ code }) => code);
    const guesses = codes.filter((code) => code === 'UNAUTHENTICATED').length;
    expect(guesses).toBe(asked);
    expect(guesses).toBeGreaterThanOrEqual(50);
    expect(guesses).toBeLessThan(99);
    expect(codes.filter((code) => code === 'RESOURCE_EXHAUSTED')).toHaveLength(99 - guesses);
  });

  it('are possible again after a time, at most those of one second at once', () => {
    const rate = new CallRate(10);
    const begun = (atMs: number) => {
      let count = 0;
      while (rate.waitMs('a', atMs) === 0) count++;
      return count;
    };
    expect([begun(0), begun(0), begun(500), begun(10_000)]).toEqual([10, 0, 5, 10]);
    expect([rate.waitMs('a', 10_000), rate.waitMs('b', 10_000)]).toEqual([100, 0]);
  });

  it('are remembered for a bounded number of clients', () => {
    const rate = new CallRate(1);
    for (let client = 0; client <= 10_000; client++) rate.waitMs(`client ${client}`, 0);
    // The first is forgotten, the second is not.
    expect(rate.waitMs('client 1', 0)).toBeGreaterThan(0);
    expect(rate.waitMs('client 0', 0)).toBe(0);
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('count %s for %s: one customer has all addresses of a network', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('requests', () => {
  it('are refused when they are too large', async () => {
    const server = await serverWith({ maxRequestBytes: 1024 });
    const client = server.connect();
    const large = client.makeServerStreamRequest(
      METHOD,
      (text: string) => Buffer.from(text),
      Buffer.from,
      'x'.repeat(10_000),
    );
    const error = await new Promise((resolve) => large.once('error', resolve));
    expect(error).toMatchObject({ code: 8 });
    expect(await countItems(client)).toMatchObject({ code: 'OK', rows: 100 });
  });
});

describe('keepalive', () => {
  it('disconnects a client that pings too often while nothing is sent', async () => {
    const server = await serverWith({ minPingInterval: 3600 });
    const session = connect(`http://${server.server.address}`);
    session.on('error', () => {});
    const goaway = new Promise<[number, string]>((resolve) =>
      session.once('goaway', (code, _, data) => resolve([code, Buffer.from(data ?? '').toString()])),
    );
    let closed = false;
    session.once('close', () => {
      closed = true;
    });
    let answered = 0;
    await new Promise<void>((resolve) => session.once('connect', () => resolve()));
    while (!closed && answered < 100) {
      await new Promise<void>((resolve) => {
        session.once('close', resolve);
        if (
          !session.ping(() => {
            answered++;
            resolve();
          })
        )
          resolve();
      });
      session.removeAllListeners('close');
      closed ||= session.destroyed;
    }
    expect(answered).toBeGreaterThanOrEqual(10);
    expect(answered).toBeLessThan(20);
    expect(await goaway).toEqual([11, 'too_many_pings']);
    expect((await countItems(server.connect())).code).toBe('OK');
  });

  it('allows any number of pings while rows are sent', async () => {
    const server = await serverWith({ minPingInterval: 3600, rows: 100_000 });
    const session = connect(`http://${server.server.address}`);
    await new Promise<void>((resolve) => session.once('connect', () => resolve()));
    const stream = session.request({
      ':method': 'POST',
      ':path': METHOD,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let pings = 0;
    let outstanding = false;
    stream.on('data', () => {
      if (outstanding) return;
      outstanding = session.ping(() => {
        pings++;
        outstanding = false;
      });
    });
    stream.end(Buffer.alloc(5));
    const status = new Promise((resolve) => stream.once('trailers', (trailers) => resolve(trailers['grpc-status'])));
    expect(await status).toBe('0');
    expect(pings).toBeGreaterThan(10);
    session.close();
  });
});

describe('rows of a stream', () => {
  it('are limited by the server: a request for more, or for all, is refused', async () => {
    const server = await serverWith({ settings: { maxLimit: 10 } });
    const client = server.connect();
    const asked = async (limit: number) => {
      const { code, rows } = await countItems(client, { limit });
      return [code, rows];
    };
    expect(await asked(10)).toEqual(['OK', 10]);
    expect(await asked(11)).toEqual(['RESOURCE_EXHAUSTED', 0]);
    expect(await asked(0)).toEqual(['RESOURCE_EXHAUSTED', 0]);
  });
});
