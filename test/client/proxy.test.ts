import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { Metadata } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpProxyOf } from '../../src/client/http-proxy.js';
import { type ChannelOptions, openChannel } from '../../src/client/index.js';
import { isLocalAddress } from '../../src/client/loopback.js';
import { checkHealth } from '../../src/server/index.js';
import { countItems, type ItemServer, startItemServer } from '../support/item-server.js';
import { spawnCli } from '../support/spawn-cli.js';

/** A proxy of the environment that reaches nothing; it counts who comes. */
const proxy = createServer((socket) => {
  visitors++;
  socket.destroy();
});
let visitors = 0;
let server: ItemServer;

beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  server = await startItemServer({ rows: 3 });
  const address = proxy.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) {
    vi.stubEnv(name, `http://127.0.0.1:${address.port}`);
  }
});
afterEach(() => expect(visitors).toBe(0));
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  proxy.close();
});

describe('an HTTP proxy in the environment', () => {
  it('is not used for a client of a server on this machine', async () => {
    const channel = openChannel(server.server.address);
    try {
      expect(await countItems(channel)).toMatchObject({ code: 'OK', rows: 3 });
    } finally {
      channel.close();
    }
  });

  it('is not used to ask a server on this machine for its health', async () => {
    expect(await checkHealth({ address: server.server.address })).toBe('SERVING');
    expect(await spawnCli(['health', server.server.address])).toMatchObject({ exitCode: 0 });
  });
});

describe('an HTTP proxy on the way to a server elsewhere', () => {
  const ELSEWHERE = 'books.example.com:50051';

  it('lets calls through', async () => {
    const asked = await useProxy(passOn);
    const channel = openChannel(ELSEWHERE);
    onTestFinished(() => channel.close());
    expect(await countItems(channel)).toMatchObject({ code: 'OK', rows: 3 });
    expect(asked).toEqual([ELSEWHERE]);
  });

  it('that refuses is named, without its password, and with the way around it', async () => {
    await useProxy((_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    const said = await failure(ELSEWHERE);
    expect(said).toMatch(
      /^no connection to books\.example\.com:50051 through the HTTP proxy 127\.0\.0\.1:\d+ of https_proxy: the proxy does not answer, or does not let it through; name the host in no_proxy to go around it$/,
    );
    await expect(checkHealth({ address: ELSEWHERE })).rejects.toThrow(said);
  });

  it.each(['127.0.0.1:1', 'nowhere.invalid:3128'])('that is not there is named: %s', async (address) => {
    vi.stubEnv('https_proxy', `http://me:secret@${address}`);
    vi.stubEnv('grpc_proxy', undefined);
    const said = await failure(ELSEWHERE);
    expect(said).toContain(`through the HTTP proxy ${address} of https_proxy`);
    expect(said).not.toContain('secret');
  });

  it('that says nothing is named when the time to connect is over', async () => {
    await useProxy(() => {});
    expect(await failure(ELSEWHERE, { connectTimeoutMs: 300 })).toMatch(
      /^no connection to books\.example\.com:50051 through the HTTP proxy 127\.0\.0\.1:\d+ of https_proxy within 0\.3 s/,
    );
  });

  it('is not blamed for a server that speaks no TLS', async () => {
    await useProxy(passOn);
    expect(await failure(ELSEWHERE, { tls: true })).toMatch(
      /does not speak TLS: leave out --tls .*; the connection goes through the HTTP proxy 127\.0\.0\.1:\d+ of https_proxy$/,
    );
  });

  it.each([
    'books.example.com',
    '.example.com',
    'other.org,example.com',
  ])('is not used for a host that no_proxy names: %s', (no_proxy) => {
    const env = { http_proxy: 'http://proxy:3128' };
    expect(httpProxyOf(ELSEWHERE, env)).toEqual({ address: 'proxy:3128', variable: 'http_proxy' });
    expect(httpProxyOf(ELSEWHERE, { ...env, no_proxy })).toBeUndefined();
  });

  it('is not used for an address in a network that no_proxy names', () => {
    const env = { http_proxy: 'http://proxy', no_proxy: '10.0.0.0/8' };
    expect(httpProxyOf('10.1.2.3:1', env)).toBeUndefined();
    expect(httpProxyOf('11.1.2.3:1', env)).toEqual({ address: 'proxy:80', variable: 'http_proxy' });
  });

  /** As a proxy that knows every host does. */
  function passOn(_address: string, socket: Duplex): void {
    const onward = connect(server.server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => {});
  }

  /** Puts a proxy into the environment. @returns The addresses that clients ask it for. */
  async function useProxy(answer: (address: string, socket: Duplex) => void): Promise<string[]> {
    const asked: string[] = [];
    const sockets: Duplex[] = [];
    const other = createHttpServer().on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      sockets.push(socket);
      answer(url, socket);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    vi.stubEnv('grpc_proxy', undefined);
    vi.stubEnv('https_proxy', `http://me:secret@127.0.0.1:${port}`);
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      other.close();
    });
    return asked;
  }
});

describe('an address', () => {
  it.each([
    'localhost:50051',
    '127.0.0.1:1',
    '127.8.9.10:1',
    '[::1]:50051',
    'dns:localhost:1',
    'dns:///localhost:1',
    'unix:/run/books.sock',
    'unix-abstract:books',
  ])('%s is on this machine', (address) => expect(isLocalAddress(address)).toBe(true));

  it.each([
    'books.example.com:443',
    '10.0.0.1:50051',
    'localhost.example.com:1',
    '[2001:db8::1]:1',
    'dns:///books:1',
  ])('%s is elsewhere', (address) => expect(isLocalAddress(address)).toBe(false));
});

/** The text of a call's error; nothing implements its method. */
function failure(address: string, options: ChannelOptions = {}): Promise<string> {
  const channel = openChannel(address, options);
  onTestFinished(() => channel.close());
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    channel.makeUnaryRequest('/no.Service/Method', same, same, Buffer.alloc(0), new Metadata(), (error) =>
      resolve(error?.details ?? 'the call succeeded'),
    );
  });
}
