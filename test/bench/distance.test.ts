import { once } from 'node:events';
import { connect, createServer, type Server, Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { delayBytes } from '../../src/bench/wire/delayed-bytes.js';
import { combineChecksums } from '../../src/bench/wire/messages.js';

const open: (Server | Socket)[] = [];

afterEach(() => {
  for (const one of open.splice(0)) {
    if (one instanceof Socket) one.destroy();
    else one.close();
  }
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return z.object({ port: z.number() }).parse(server.address()).port;
}

/** A server that sends back what it gets, seen over a distance. */
async function echoOver(delayMs: number): Promise<Socket> {
  const echo = await listen((socket) => socket.pipe(socket));
  const proxy = await listen((client) => {
    const upstream = connect({ port: echo, host: '127.0.0.1', allowHalfOpen: true });
    delayBytes(client, upstream, delayMs);
    delayBytes(upstream, client, delayMs);
  });
  const socket = connect(proxy, '127.0.0.1');
  open.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  return Buffer.concat(parts);
}

describe('delayBytes', () => {
  it('gives back no byte before a round trip has passed, and then the very bytes', async () => {
    const socket = await echoOver(15);
    const startedAt = performance.now();
    socket.end('over the hills');
    expect((await readAll(socket)).toString()).toBe('over the hills');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2 * 15 - 1);
  });

  it('passes megabytes on in their order, and ends with them', async () => {
    const socket = await echoOver(3);
    const bytes = Buffer.from(Uint32Array.from({ length: 1_000_000 }, (_, index) => index).buffer);
    socket.end(bytes);
    expect(crc32(await readAll(socket))).toBe(crc32(bytes));
  });

  it('holds the sender back while the receiver does not read, and lets it go on when it does', async () => {
    const source = { sent: 0, held: false };
    const server = await listen((socket) => {
      const write = () => {
        while (!source.held && source.sent < 500e6) {
          source.held = !socket.write(Buffer.alloc(64 * 1024));
          source.sent += 64 * 1024;
        }
      };
      socket.on('drain', () => {
        source.held = false;
        write();
      });
      socket.on('error', () => {});
      write();
    });
    let upstream: Socket | undefined;
    const proxy = await listen((client) => {
      upstream = connect({ port: server, host: '127.0.0.1', allowHalfOpen: true });
      for (const socket of [client, upstream]) socket.on('error', () => {});
      delayBytes(upstream, client, 1);
    });
    const client = connect(proxy, '127.0.0.1');
    open.push(client);
    await once(client, 'connect');
    await vi.waitFor(() => expect([source.held, upstream?.isPaused()]).toEqual([true, true]), { timeout: 20_000 });
    const before = source.sent;
    expect(before).toBeLessThan(100e6);
    client.resume();
    await vi.waitFor(() => expect(source.sent).toBeGreaterThan(before + 100e6), { timeout: 20_000 });
  });
});

describe('combineChecksums', () => {
  it('is the checksum of both pieces, one behind the other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 2000 }), (first, second) => {
        const whole = crc32(Buffer.concat([first, second]));
        expect(combineChecksums(crc32(first), crc32(second), second.length)).toBe(whole);
      }),
    );
  });

  it('notices two pieces that changed places', () => {
    const [a, b] = [Buffer.from('first'), Buffer.from('second')];
    expect(combineChecksums(crc32(b), crc32(a), a.length)).not.toBe(crc32(Buffer.concat([a, b])));
  });
});
