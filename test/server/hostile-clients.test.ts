import { randomBytes } from 'node:crypto';
import zlib, { gzipSync } from 'node:zlib';
import { compressionAlgorithms, credentials } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tokenAuthenticator } from '../../src/server/index.js';
import { limitDecompression } from '../../src/server/limits/calls.js';
import { inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { countItems, type ItemServer, METHOD, serverWith } from '../support/item-server.js';
import { itemRows } from '../support/items.js';
import { memoryLogger } from '../support/memory-logger.js';
import { seededRandom } from '../support/random-requests.js';
import {
  ACK,
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  grpcMessage,
  type RawConnection,
  rawConnection,
  type settings,
  TYPE,
  uint32,
  wholeCall,
} from '../support/raw-http2.js';
import { waitFor } from '../support/wait-for.js';

const CANCEL = 8;
const ENHANCE_YOUR_CALM = 11;
const HEALTH = '/grpc.health.v1.Health';

async function connectTo({ server }: ItemServer, values: Parameters<typeof settings>[0] = []): Promise<RawConnection> {
  const connection = await rawConnection(server.port, values);
  onTestFinished(() => void connection.socket.destroy());
  return connection;
}

/** Other clients are served. */
async function expectServing(server: ItemServer): Promise<void> {
  await expect.poll(() => countItems(server.connect()), { timeout: 30_000 }).toMatchObject({ code: 'OK', rows: 100 });
}

describe('a client that sends half a request', () => {
  it('is refused after the idle timeout, and its stream ends', async () => {
    const accessLogger = memoryLogger();
    const server = await serverWith({ patience: 0.2, limits: { maxStreams: 1 }, accessLogger });
    const connection = await connectTo(server);
    connection.send(frame(TYPE.headers, END_HEADERS, 1, callHeaders(METHOD)), frame(TYPE.data, 0, 1, Buffer.alloc(3)));
    await waitFor('the end of its stream', () => connection.resetOf(1) !== undefined);
    expect(accessLogger.lines.map(({ fields }) => fields.status)).toEqual(['DEADLINE_EXCEEDED']);
    await expectServing(server);
  });

  it('has its stream ended at once when the call is refused', async () => {
    const server = await serverWith({ authenticate: tokenAuthenticator(() => ['a-token-that-nobody-guesses']) });
    const connection = await connectTo(server);
    connection.send(frame(TYPE.headers, END_HEADERS, 1, callHeaders(METHOD)));
    await waitFor('the end of its stream', () => connection.resetOf(1) === 0);
    // Its status came first.
    expect(connection.frames.filter(({ stream }) => stream === 1).map(({ type }) => type)).toEqual([
      TYPE.headers,
      TYPE.reset,
    ]);
  });
});

describe('a client that does not read the answer', () => {
  it.each([
    ['one message', `${HEALTH}/Check`],
    ['rows', METHOD],
  ])('is reset: %s', async (_, path) => {
    const server = await serverWith({ patience: 0.2, settings: { yieldTimeout: 0.2 } });
    const INITIAL_WINDOW_SIZE = 4;
    const connection = await connectTo(server, [[INITIAL_WINDOW_SIZE, 0]]);
    connection.send(...wholeCall(1, path));
    await waitFor('the reset', () => connection.resetOf(1) === ENHANCE_YOUR_CALM);
    await expectServing(server);
  });
});

describe('a client that begins too many calls', () => {
  it.each([
    ['reset at once', METHOD, [TYPE.reset, CANCEL]],
    ['of unknown methods', '/no.such.Service/Method', undefined],
  ])('is disconnected, and others are served: %s', async (_, path, reset) => {
    const logger = memoryLogger();
    // Few, so that a slow machine begins more than that, too: nghttp2 has a limit of its own for many resets.
    const server = await serverWith({ limits: { maxCallsPerSecond: 20 }, logger });
    const connection = await connectTo(server);
    let id = 1;
    let goesOn = true;
    // The GOAWAY may be lost among the frames that the client itself sends.
    while (goesOn && id < 1_000_000) {
      const call = [...wholeCall(id, path), ...(reset ? [frame(TYPE.reset, 0, id, uint32(CANCEL))] : [])];
      goesOn = await connection.sendPaced(...call);
      id += 2;
    }
    expect(id).toBeLessThan(10_000);
    expect(logger.lines.filter(({ line }) => line.startsWith('connections closed'))).toMatchObject([
      { level: 'warn', fields: { address: '127.0.0.1', times: 1 } },
    ]);
    await expectServing(server);
  });

  it('is disconnected sooner when it resets its calls at once', async () => {
    const logger = memoryLogger();
    const server = await serverWith({ limits: { maxCallsPerSecond: 200 }, logger });
    const connection = await connectTo(server);
    // Far fewer than it may begin in a second.
    for (let id = 1; id < 100; id += 2) {
      connection.send(...wholeCall(id, METHOD), frame(TYPE.reset, 0, id, uint32(CANCEL)));
    }
    await waitFor('the end of the connection', () => connection.closed);
    expect(logger.lines.filter(({ line }) => line.includes('reset them at once'))).toMatchObject([
      { level: 'warn', fields: { address: '127.0.0.1', times: 1 } },
    ]);
    await expectServing(server);
  });

  it('does not fill the log: refusals for too many calls are logged together', async () => {
    const [logger, accessLogger] = [memoryLogger(), memoryLogger()];
    const server = await serverWith({ limits: { maxCallsPerSecond: 50 }, logger, accessLogger });
    const client = server.connect();
    await Promise.all(Array.from({ length: 90 }, () => countItems(client)));
    await waitFor('their ends', () => accessLogger.lines.length === 90);
    const refused = accessLogger.lines.filter(({ fields }) => fields.status === 'RESOURCE_EXHAUSTED');
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ level }) => level))).toEqual(new Set(['debug']));
    expect(logger.lines.filter(({ line }) => line.startsWith('calls refused'))).toHaveLength(1);
  });
});

describe('a client that sends a call, its request and a reset together', () => {
  const resetCall = (id: number) => [...wholeCall(id, METHOD), frame(TYPE.reset, 0, id, uint32(CANCEL))];

  it('asks the database for nothing', async () => {
    const rows = inMemoryDelegate(itemRows(100));
    let queries = 0;
    const findMany: typeof rows.findMany = (...args) => {
      queries++;
      return rows.findMany(...args);
    };
    const server = await serverWith({ delegate: { ...rows, findMany } });
    const connection = await connectTo(server);
    connection.send(...Array.from({ length: 100 }, (_, call) => resetCall(2 * call + 1)).flat());
    await waitFor('their ends', () => server.summaries.length === 100);
    expect(new Set(server.summaries.map(({ end }) => end))).toEqual(new Set(['cancelled']));
    expect(queries).toBe(0);
    await expectServing(server);
  });

  it('is disconnected after fewer calls than one that waits for its answers, and the log counts it', async () => {
    const logger = memoryLogger();
    const server = await serverWith({ limits: { maxCallsPerSecond: 100 }, logger });
    const connection = await connectTo(server);
    let id = 1;
    while (id < 10_000 && (await connection.sendPaced(...resetCall(id)))) id += 2;
    expect(logger.lines.map(({ line }) => line)).toContain(
      'connections closed: their clients begin calls and reset them at once',
    );
    await expectServing(server);
  });
});

describe('a client that begins calls and resets them over many connections', () => {
  const resetCall = (id: number) => [...wholeCall(id, METHOD), frame(TYPE.reset, 0, id, uint32(CANCEL))];

  it('loses those that serve nothing with the first one, keeps the one that serves it, and waits before it connects again', async () => {
    const server = await serverWith({
      delegate: inMemoryDelegate(itemRows(20_000, 1000)),
      limits: { maxCallsPerSecond: 10 },
    });
    const reader = await connectTo(server);
    reader.send(...wholeCall(1, METHOD));
    await waitFor('its rows', () => reader.frames.some(({ type }) => type === TYPE.data));
    const [first, ...others] = await Promise.all([connectTo(server), connectTo(server), connectTo(server)]);
    await waitFor('their settings', () => others.every(({ frames }) => frames.length > 0));
    first?.send(...Array.from({ length: 20 }, (_, call) => resetCall(2 * call + 1)).flat());
    await waitFor('their ends', () => [first, ...others].every((connection) => connection?.closed));
    expect(reader.closed).toBe(false);
    const again = await connectTo(server);
    await waitFor('its end', () => again.closed);
    expect(again.frames).toEqual([]);
    const connects = async () => {
      const later = await connectTo(server);
      await waitFor('an answer', () => later.closed || later.frames.length > 0);
      return !later.closed;
    };
    await expect.poll(connects, { timeout: 30_000 }).toBe(true);
    expect(reader.closed).toBe(false);
  });
});

describe('a client whose connections break', () => {
  it('does not pay for their calls as if it had reset them', async () => {
    const server = await serverWith({ limits: { maxCallsPerSecond: 20 } });
    for (let broken = 0; broken < 5; broken++) {
      const connection = await connectTo(server);
      connection.send(frame(TYPE.headers, END_HEADERS, 1, callHeaders(METHOD)));
      connection.send(frame(TYPE.headers, END_HEADERS, 3, callHeaders(METHOD)));
      connection.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
      await waitFor(
        'the answer to the ping',
        () => connection.closed || connection.frames.some(({ type }) => type === TYPE.ping),
      );
      expect(connection.closed).toBe(false);
      connection.socket.destroy();
    }
  });
});

describe('a client that opens connections faster than it may begin calls', () => {
  const isAnswered = ({ frames }: RawConnection) => frames.length > 0;

  it('has some of them closed without an answer, and the others served', async () => {
    // So slowly that they are not paid for while a busy machine accepts them.
    const server = await serverWith({ limits: { maxCallsPerSecond: 1 } });
    const connections = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
    await waitFor('an answer or the end of each', () =>
      connections.every((connection) => isAnswered(connection) || connection.closed),
    );
    const answered = connections.filter(isAnswered);
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.length).toBeLessThan(connections.length);
    expect(answered.filter(({ closed }) => closed)).toEqual([]);
  });

  it('does no harm when it breaks those that wait for their end', async () => {
    const server = await serverWith({ limits: { maxCallsPerSecond: 10 } });
    const connections = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
    await waitFor('the first answers', () => connections.some(isAnswered));
    for (const { socket } of connections) socket.resetAndDestroy();
    await expectServing(server);
  });
});

describe('a client that asks for too many answers', () => {
  it.each([
    ['to a ping', 1, TYPE.ping, 8],
    ['to pings, several at a time', 6, TYPE.ping, 8],
    ['to settings', 1, TYPE.settings, 0],
  ])('is disconnected: %s', async (_, atATime, type, bytes) => {
    const server = await serverWith({ minPingInterval: 3600 });
    const connection = await connectTo(server);
    const answers = () => connection.frames.filter((each) => each.type === type && each.flags & ACK).length;
    let asked = 1;
    await waitFor('the first answer', () => connection.frames.length >= 2);
    for (const before = answers(); asked < 1000 && !connection.closed; asked += atATime) {
      connection.send(...Array.from({ length: atATime }, () => frame(type, 0, 0, Buffer.alloc(bytes))));
      await waitFor('the answers', () => connection.closed || answers() - before >= asked - 1 + atATime);
    }
    expect(connection.goaway).toEqual([ENHANCE_YOUR_CALM, 'too_many_pings']);
    expect(asked).toBeLessThan(40);
    await expectServing(server);
  });
});

describe('connections', () => {
  it.each([
    ['from one address', { maxConnectionsPerClient: 3 }],
    ['in all', { maxConnections: 3 }],
  ])('are limited %s, and a connection that ends makes room', async (_, limits) => {
    const logger = memoryLogger();
    const server = await serverWith({ limits, logger });
    const idle = await Promise.all([connectTo(server), connectTo(server), connectTo(server)]);
    await waitFor('their settings', () => idle.every(({ frames }) => frames.length > 0));
    expect((await countItems(server.connect())).code).toBe('UNAVAILABLE');
    expect(logger.lines).toMatchObject([{ level: 'warn', line: 'connections refused: there are too many' }]);
    idle[0]?.socket.destroy();
    await expectServing(server);
  });
});

describe('calls that watch the health', () => {
  it('do not count as streams, and have their own limit', async () => {
    const delegate = stallAtRow(50, inMemoryDelegate(itemRows(100)));
    const server = await serverWith({ delegate, limits: { maxStreams: 1 } });
    const connection = await connectTo(server);
    for (let id = 1; id <= 2 * 110; id += 2) connection.send(...wholeCall(id, `${HEALTH}/Watch`));
    const ends = (flags: number) => flags & END_STREAM;
    const refused = () => connection.frames.filter(({ type, flags }) => type === TYPE.headers && ends(flags));
    await waitFor('ten to be refused', () => refused().length === 10);
    delegate.release();
    await expectServing(server);
  });
});

type Decompress = (message: Buffer, encoding?: string) => Promise<Buffer>;

describe('requests that are compressed', () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const gzip = { 'grpc-encoding': 'gzip' };

  it('are accepted', async () => {
    const server = await serverWith();
    const channel = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    expect(await countItems(server.connect(credentials.createInsecure(), channel))).toMatchObject({ rows: 100 });
  });

  it('are refused when they become too large, and a second one in a call is not decompressed', async () => {
    const accessLogger = memoryLogger();
    const server = await serverWith({ accessLogger, maxRequestBytes: 1024 * 1024 });
    const connection = await connectTo(server);
    const headers = callHeaders(METHOD, gzip);
    for (let start = 0; start === 0 || start < bomb.length; start += 16_000) {
      if (start === 0) connection.send(frame(TYPE.headers, END_HEADERS, 1, headers));
      connection.send(frame(TYPE.data, 0, 1, grpcMessage(bomb, 1).subarray(start, start + 16_000)));
    }
    await waitFor('its end', () => accessLogger.lines.length === 1);
    const gunzip = vi.spyOn(zlib, 'createGunzip');
    const twice = Buffer.concat([grpcMessage(gzipSync(''), 1), grpcMessage(gzipSync(''), 1)]);
    connection.send(frame(TYPE.headers, END_HEADERS, 3, headers), frame(TYPE.data, END_STREAM, 3, twice));
    await waitFor('the second end', () => accessLogger.lines.length === 2);
    expect(accessLogger.lines.map(({ fields }) => fields.status)).toEqual(['RESOURCE_EXHAUSTED', 'UNIMPLEMENTED']);
    expect(gunzip).toHaveBeenCalledOnce();
    gunzip.mockRestore();
    await expectServing(server);
  });

  it('are decompressed a few at a time', async () => {
    let [running, most, done] = [0, 0, 0];
    const interceptor = limitDecompression();
    const call = () => ({
      async decompressMessage(message: Buffer) {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        done++;
        return message;
      },
    });
    const calls = Array.from({ length: 100 }, call);
    const method = { path: METHOD, requestStream: false, responseStream: true } as never;
    for (const each of calls) interceptor(method, each as never);
    await Promise.all(
      calls.map((each: { decompressMessage: Decompress }) => each.decompressMessage(Buffer.alloc(1), 'gzip')),
    );
    expect([most, done, running]).toEqual([8, 100, 0]);
  });
});

describe('headers', () => {
  it.each([
    ['a token of a megabyte', [callHeaders(METHOD, { authorization: `Bearer ${'x'.repeat(1_000_000)}` })]],
    [
      'a thousand of them',
      [callHeaders(METHOD, Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-${i}`, 'y'])))],
    ],
    ['that never end', Array.from({ length: 40 }, () => callHeaders(METHOD, { 'x-more': 'y'.repeat(8000) }))],
  ])('%s are refused, and no handler sees the call', async (_, blocks) => {
    const server = await serverWith();
    const connection = await connectTo(server);
    const bytes = Buffer.concat(blocks);
    let goesOn = true;
    for (let start = 0; goesOn && start < bytes.length; start += 16_000) {
      const isLast = blocks.length === 1 && start + 16_000 >= bytes.length;
      const type = start === 0 ? TYPE.headers : TYPE.continuation;
      goesOn = await connection.sendPaced(
        frame(type, isLast ? END_HEADERS : 0, 1, bytes.subarray(start, start + 16_000)),
      );
    }
    connection.send(frame(TYPE.data, END_STREAM, 1, grpcMessage()));
    await waitFor('the refusal', () => connection.closed || !!connection.goaway || connection.resetOf(1) !== undefined);
    await expectServing(server);
    expect(server.calls).toHaveLength(1);
  });
});

describe('bytes that are not gRPC', () => {
  it.each([
    ['a length that lies, by 4 GB', Buffer.from([0, 255, 255, 255, 255]), 'RESOURCE_EXHAUSTED'],
    ['a length that lies, by a little', Buffer.from([0, 0, 0, 0, 10, 1, 2, 3]), 'UNIMPLEMENTED'],
    ['no message', Buffer.alloc(0), 'UNIMPLEMENTED'],
    ['two messages', Buffer.concat([grpcMessage(), grpcMessage()]), 'UNIMPLEMENTED'],
    ['a compressed message without an encoding', grpcMessage(Buffer.from([255, 255]), 1), 'INVALID_ARGUMENT'],
    ['a text', Buffer.from('how do you do, dear server?'), 'RESOURCE_EXHAUSTED'],
  ])('are refused: %s', async (_, body, status) => {
    const accessLogger = memoryLogger();
    const server = await serverWith({ accessLogger });
    const connection = await connectTo(server);
    connection.send(frame(TYPE.headers, END_HEADERS, 1, callHeaders(METHOD)), frame(TYPE.data, END_STREAM, 1, body));
    await waitFor('its end', () => accessLogger.lines.length === 1);
    expect(accessLogger.lines[0]?.fields.status).toBe(status);
    await expectServing(server);
  });

  it('and not HTTP/2, random frames and bytes, end only their connections', async () => {
    const server = await serverWith();
    const random = seededRandom(44_487);
    const upTo = (most: number) => Math.floor(random() * most);
    for (let attempt = 0; attempt < 500; attempt++) {
      const { socket, send } = await rawConnection(server.server.port);
      const noise = Array.from({ length: 1 + upTo(20) }, () =>
        frame(upTo(12), upTo(256), upTo(6), randomBytes(upTo(64))),
      );
      send(...(upTo(3) === 0 ? wholeCall(1, METHOD) : []), ...noise, randomBytes(upTo(200)));
      socket.end();
    }
    await expectServing(server);
  });
});
