import { createWriteStream } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { ServerInterceptor, ServerOptions } from '@grpc/grpc-js';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryLogger } from '../support/memory-logger.js';
import { suiteFolder } from '../support/suite-folder.js';
import { without } from '../support/without.js';

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
])('serves with a grpc-js without %j, and logs in one line the features that are missing', async (names, missing, means) => {
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

describe('another version of Node', () => {
  const warningsFor = async (stream: object) => {
    const { warnOfMissingPipeInternals } = await import('../../src/server/missing-internals.js');
    const logger = memoryLogger();
    warnOfMissingPipeInternals(stream, logger);
    return logger.lines;
  };

  it('whose pipes lack what they need so as not to hold the server is logged', async () => {
    expect(await warningsFor(new Socket())).toEqual([
      {
        level: 'warn',
        fields: { node: process.version, missing: ['the handle of a pipe'] },
        line: 'this version of Node is not supported, and the server runs without a log that stops nobody when it is not read',
      },
    ]);
  });

  it('is not logged where standard error is a file, which holds nobody', async () => {
    expect(await warningsFor(createWriteStream('/dev/null'))).toEqual([]);
  });
});

describe('another version of Prisma or of its driver', () => {
  const folder = suiteFolder();

  /** What is logged on two connections of an adapter, whose connections lack a property. */
  async function logOn(prisma: object, property: string) {
    const { warnOfMissingDatabaseInternals } = await import('../../src/server/missing-internals.js');
    const { databaseCheck } = await import('../../src/server/database-health.js');
    const adapter = new PrismaBetterSqlite3({ url: `file:${join(folder.path, 'empty.db')}` });
    const logger = memoryLogger();
    const onConnection = warnOfMissingDatabaseInternals(prisma, logger);
    const connect = async () => without(await adapter.connect(), property);
    for (let connection = 0; connection < 2; connection++) {
      const { check, close } = databaseCheck({ provider: 'sqlite', connect }, { onConnection });
      await check(new AbortController().signal);
      await check(new AbortController().signal);
      await close();
    }
    return logger.lines;
  }

  it('is not logged when it has every part', async () => {
    expect(await logOn({}, 'none')).toEqual([]);
  });

  it.each([
    ['client', 'the client property of the driver adapter', 'reads by SQL, and queries that end with their stream'],
    ['onError', 'the onError method of the driver adapter', "failures in Prisma's words"],
  ])('without its %s is logged once, with the features that are missing', async (property, name, means) => {
    expect(await logOn({}, property)).toEqual([
      {
        level: 'warn',
        fields: { provider: 'sqlite', missing: [name] },
        line: `this version of Prisma or of its database driver is not supported, and the server runs without ${means}`,
      },
    ]);
  });

  it('that lacks several parts of its client is logged in one line', async () => {
    const [warning, ...others] = await logOn({ $extends() {} }, 'none');
    expect(others).toEqual([]);
    expect(warning?.fields.missing).toEqual([
      'PrismaClient._engineConfig.adapter',
      'PrismaClient._extensions',
      'PrismaClient._activeProvider',
    ]);
  });

  it('whose parts cannot be checked is checked on the next connection', async () => {
    const { warnOfMissingDatabaseInternals } = await import('../../src/server/missing-internals.js');
    const logger = memoryLogger();
    const check = warnOfMissingDatabaseInternals({}, logger);
    const adapter = new PrismaBetterSqlite3({ url: `file:${join(folder.path, 'empty.db')}` });
    const [failing, other] = [await adapter.connect(), await adapter.connect()];
    failing.startTransaction = () => Promise.reject(new Error('no transactions behind this proxy'));
    await check(failing);
    await check(without(other, 'onError'));
    for (const connection of [failing, other]) await connection.dispose();
    expect(logger.lines.map(({ level }) => level)).toEqual(['debug', 'warn']);
  });
});
