import { once } from 'node:events';
import { createServer } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clientPool } from '../../src/bench/client/raw-client.js';
import { readSample } from '../../src/bench/client/read-load.js';
import type { Repetition } from '../../src/bench/executor.js';
import { openAccess } from '../../src/bench/wire/server-place.js';
import { type BenchSetting, plainLoad } from '../../src/results/index.js';
import { sleep } from '../../src/waits/index.js';
import { grpcMessage } from '../support/raw-http2.js';

const STREAM_MS = 20;

/** A server that answers every call with one row after a while, and writes down what it is asked for. */
const server = createServer();
let asked: string[] = [];
server.on('session', (session) => session.on('ping', () => void asked.push('ping')));
server.on('stream', async (stream) => {
  asked.push('stream');
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  await sleep(STREAM_MS);
  stream.end(grpcMessage(Buffer.of(8, 1)));
});

const clients = clientPool();
const setting: BenchSetting = { chunk: 500, checkInterval: 100, mode: 'rows', batchRows: null, load: plainLoad };
let address = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  clients.close();
  server.close();
});

/** Methods that are not called. */
const OTHERS = { batches: '', partition: '', plain: '', legacy: '', offset: '' };

async function read(repetition: Repetition) {
  const methods = { rows: '/library.v1.BookStreamService/StreamBooks', ...OTHERS };
  const place = { address, methods, access: openAccess };
  const share = { index: 0, of: 1 };
  return readSample(await clients.to(place, plainLoad), setting, { limit: null, share, ...repetition });
}

describe('the readings of a sample', () => {
  it('each begin once the server has answered a ping after the one before', async () => {
    const { streams } = await read({ readings: 3 });
    expect(streams.map(({ rows }) => rows)).toEqual([1, 1, 1]);
    expect(asked).toEqual(['stream', 'ping', 'stream', 'ping', 'stream']);
  });

  it('go on until they lasted long enough together', async () => {
    const leastMs = 10 * STREAM_MS;
    const { streams, wallMs } = await read({ leastMs });
    expect(wallMs).toBeGreaterThanOrEqual(leastMs);
    expect(wallMs - (streams.at(-1)?.wallMs ?? 0)).toBeLessThan(leastMs);
  });

  it('are one where nothing else is asked for', async () => {
    await read({});
    expect(asked).toEqual(['stream']);
  });
});
