import { once } from 'node:events';
import { connect } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { FrameConnection } from '../../src/bench/client/frame-connection.js';
import { makeCall } from '../../src/bench/client/grpc-call.js';
import type { Receiver } from '../../src/bench/client/message-reader.js';
import { rowCounter } from '../../src/bench/client/row-counter.js';
import {
  END_HEADERS,
  END_STREAM,
  frame,
  frameIn,
  grpcMessage,
  headerBlock,
  type ReceivedFrame,
  settings,
  TYPE,
} from '../support/raw-http2.js';

const PREFACE_BYTES = 24;
const WINDOW_UPDATE = 8;
const PADDED = 8;
const WINDOW_BYTES = 100_000;
/** Of a length that no other write has. */
const REQUEST = Buffer.alloc(1234);

/** A server that answers the one call of each connection with bytes that a test chooses, and keeps what it is sent. */
const server = createServer((socket) => {
  let unread = Buffer.alloc(0);
  let skipped = false;
  socket.write(settings());
  socket.on('error', () => {});
  socket.on('data', (data) => {
    unread = Buffer.concat([unread, data]);
    if (!skipped && unread.length >= PREFACE_BYTES) {
      unread = unread.subarray(PREFACE_BYTES);
      skipped = true;
    }
    for (let next = skipped ? frameIn(unread) : undefined; next; next = frameIn(unread)) {
      unread = unread.subarray(9 + next.payload.length);
      received.push(next);
      if (next.type === TYPE.data) void writeAll(socket, answer);
    }
  });
});
let answer: readonly Buffer[] = [];
let received: ReceivedFrame[] = [];
let port = 0;

/** Each piece as a packet of its own, so that frames are cut where the pieces are. */
async function writeAll(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = z.object({ port: z.number() }).parse(server.address()).port;
});
afterAll(() => void server.close());

/** Makes a call that is answered with these pieces, and looks at what has come of it before the connection is closed. */
async function callOverFrames(pieces: readonly Buffer[], look = async () => {}) {
  answer = pieces;
  received = [];
  const url = new URL(`http://127.0.0.1:${port}`);
  const connection = new FrameConnection(url, { tls: null, windowBytes: WINDOW_BYTES });
  const session = connect(url, { createConnection: () => connection, settings: { initialWindowSize: WINDOW_BYTES } });
  const broken = once(session, 'error').then(([error]) => error.message);
  await once(session, 'remoteSettings');
  const counter = rowCounter('rows');
  /** The lengths of what had been written each time that a request was said to leave. */
  const writtenBefore: number[][] = [];
  const written: number[] = [];
  const write = connection._write.bind(connection);
  connection._write = (bytes: Buffer, ...rest) => {
    write(bytes, ...rest);
    written.push(bytes.length);
  };
  /** When each piece came, and when the frame before it was handed to the session. */
  const arrivals: { readonly arrivedAt: number; readonly pushedAt: number }[] = [];
  let pushedAt = 0;
  const push = connection.push.bind(connection);
  connection.push = (bytes: Buffer | null) => {
    pushedAt = performance.now();
    return push(bytes);
  };
  /** When the end of the stream came, and when the frame that brought it was handed to the session. */
  const ends: typeof arrivals = [];
  const receiver: Receiver = {
    get isPartial() {
      return counter.isPartial;
    },
    ended: (arrivedAt) => void ends.push({ arrivedAt, pushedAt }),
    sent: () => void writtenBefore.push([...written]),
    take(piece, arrivedAt = Number.NaN) {
      arrivals.push({ arrivedAt, pushedAt });
      counter.take(piece);
    },
  };
  const request = { path: '/a.B/C', request: REQUEST, headers: {}, timeoutMs: 10_000 };
  const end = await makeCall({ session, connection, ...request, receiver }).ended;
  await look();
  session.destroy();
  return { end, counter, broken, written, writtenBefore, arrivals, ends };
}

const ok = frame(TYPE.headers, END_HEADERS, 1, headerBlock({ ':status': '200', 'content-type': 'application/grpc' }));
const trailers = frame(TYPE.headers, END_HEADERS | END_STREAM, 1, headerBlock({ 'grpc-status': '0' }));
const MOST_FRAME = 16_384;
const ROW = Buffer.from('a row');

/** Frames of data, no longer than the client allows. */
function dataFrames(bytes: Buffer, flags = 0): Buffer[] {
  const parts = Array.from({ length: Math.ceil(bytes.length / MOST_FRAME) }, (_, part) => part * MOST_FRAME);
  return parts.map((at) => frame(TYPE.data, flags, 1, bytes.subarray(at, at + MOST_FRAME)));
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((place) => place % bytes.length).sort((a, b) => a - b)];
  return places.map((place, index) => bytes.subarray(place, places[index + 1] ?? bytes.length));
}

/** How far the client has opened a window again. */
function openedBytes(stream: number): number {
  const updates = received.filter((one) => one.type === WINDOW_UPDATE && one.stream === stream);
  return updates.reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
}

describe('a connection that diverts data', () => {
  const rowsArbitrary = fc.array(fc.uint8Array({ maxLength: 40_000 }), { minLength: 1, maxLength: 12 });
  const cutsArbitrary = fc.array(fc.nat(), { maxLength: 12 });

  it('brings every row and the status, wherever the packets were cut', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, cutsArbitrary, async (rows, cuts) => {
        const data = dataFrames(Buffer.concat(rows.map((row) => grpcMessage(row))));
        const { end, counter } = await callOverFrames(cut(Buffer.concat([ok, ...data, trailers]), cuts));
        expect(end).toEqual({ code: 0, details: '' });
        const bytes = rows.reduce((sum, row) => sum + row.length, 0);
        expect(counter).toMatchObject({ rows: rows.length, bytes, isPartial: false });
      }),
      { numRuns: 50 },
    );
  });

  it('says once that a request leaves, as its last bytes are written', async () => {
    const { written, writtenBefore } = await callOverFrames([ok, ...dataFrames(grpcMessage(ROW)), trailers]);
    const last = written.findIndex((bytes) => bytes >= REQUEST.length);
    expect(last).toBeGreaterThan(0);
    expect(writtenBefore).toEqual([written.slice(0, last)]);
  });

  it('says when data and the end came, and not when the headers that came with them had been handled', async () => {
    const { arrivals, ends } = await callOverFrames([Buffer.concat([ok, ...dataFrames(grpcMessage(ROW)), trailers])]);
    expect([arrivals.length, ends.length]).toEqual([1, 1]);
    for (const { arrivedAt, pushedAt } of [...arrivals, ...ends]) expect(arrivedAt).toBeLessThan(pushedAt);
  });

  it('says once that the end came, with the trailers or with the last data', async () => {
    for (const pieces of [
      [ok, ...dataFrames(grpcMessage(ROW)), trailers],
      [ok, ...dataFrames(grpcMessage(ROW), END_STREAM)],
    ])
      expect((await callOverFrames(pieces)).ends).toHaveLength(1);
  });

  it('opens the windows of the stream and of the connection again for what was read', async () => {
    const data = dataFrames(grpcMessage(Buffer.alloc(5 * WINDOW_BYTES)));
    await callOverFrames([Buffer.concat([ok, ...data, trailers])], async () => {
      for (const stream of [0, 1])
        await vi.waitFor(() => expect(openedBytes(stream)).toBeGreaterThan(4 * WINDOW_BYTES));
    });
    expect(openedBytes(1)).toBeLessThanOrEqual(5 * WINDOW_BYTES + 5);
  });

  it('ends a call whose last data ends the stream, as one without a status', async () => {
    const { end, counter } = await callOverFrames([ok, ...dataFrames(grpcMessage(ROW), END_STREAM)]);
    expect(end).toEqual({ code: 13, details: 'the server ended the stream without a status' });
    expect(counter.rows).toBe(1);
  });

  it('breaks off when data is padded', async () => {
    const { broken } = await callOverFrames([ok, ...dataFrames(Buffer.alloc(20), PADDED)]);
    expect(await broken).toBe('the server pads its data, which bench cannot read');
  });
});
