import type { ServerInterceptor, ServerOptions } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memoryLogger } from '../support/memory-logger.js';

/** Names that this grpc-js does not have: it stands for another version. */
const hidden = vi.hoisted(() => new Set<string | symbol>());

vi.mock('@grpc/grpc-js', async (importOriginal) => {
  const original = await importOriginal<typeof import('@grpc/grpc-js')>();
  const hiding = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = hidden.has(name) ? undefined : Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  class Server extends original.Server {
    constructor({ interceptors = [], ...options }: ServerOptions = {}) {
      const behindProxy = (interceptor: ServerInterceptor): ServerInterceptor => {
        return (method, call) => interceptor(method, hiding(call));
      };
      super({ ...options, interceptors: interceptors.map(behindProxy) });
      // biome-ignore lint/correctness/noConstructorReturn: a proxy that stands for the instance
      return hiding(this);
    }
  }
  return { ...original, Server };
});

beforeEach(() => vi.resetModules());
afterEach(() => hidden.clear());

const MEANS = {
  servers:
    'limits on connections, on calls that begin without end and on pings; UNAVAILABLE for calls that a shutdown cuts',
  stream: 'the fast way to write rows; resets of clients that do not read',
  decompression: 'limits on requests that are decompressed at a time',
};

/** What a server logs at its start, and whether it serves. */
async function startAndCall() {
  const { countItems, serverWith } = await import('../support/item-server.js');
  const logger = memoryLogger();
  const server = await serverWith({ logger });
  const atStart = [...logger.lines];
  const { code, rows } = await countItems(server.connect());
  return { atStart, code, rows };
}

it('logs nothing when grpc-js has every part', async () => {
  expect(await startAndCall()).toEqual({ atStart: [], code: 'OK', rows: 100 });
});

it.each([
  [['http2Servers'], ['Server.http2Servers'], MEANS.servers],
  [['stream'], ['the HTTP/2 stream of a call'], MEANS.stream],
  [['decompressMessage'], ['the decompressMessage method of a call'], MEANS.decompression],
  [
    ['http2Servers', 'stream', 'decompressMessage'],
    ['Server.http2Servers', 'the HTTP/2 stream of a call', 'the decompressMessage method of a call'],
    Object.values(MEANS).join('; '),
  ],
])('serves with a grpc-js without %j, and says in one line what it runs without', async (names, missing, means) => {
  for (const name of names) hidden.add(name);
  const { grpcVersion } = await import('../../src/runtime/internals/grpc-js.js');
  const { atStart, code, rows } = await startAndCall();
  expect(atStart).toEqual([
    {
      level: 'warn',
      fields: { grpcJs: grpcVersion(), missing },
      line: `this version of @grpc/grpc-js is not supported, and the server runs without ${means}`,
    },
  ]);
  expect([code, rows]).toEqual(['OK', 100]);
});
