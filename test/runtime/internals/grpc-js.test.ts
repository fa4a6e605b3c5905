import { once } from 'node:events';
import { connect, type Http2Session } from 'node:http2';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import {
  Client,
  credentials,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServiceError,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import {
  grpcInternals,
  grpcVersion,
  http2ServersOf,
  http2StreamOf,
  isStreamReset,
  ReloadingCredentials,
  replaceDecompression,
} from '../../../src/runtime/internals/grpc-js.js';

const PATH = '/test.v1.Test/Call';
const identity = (bytes: Buffer) => bytes;
const METHOD = {
  path: PATH,
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

interface Served {
  readonly server: Server;
  readonly port: number;
}

async function serve(
  handler: handleUnaryCall<Buffer, Buffer>,
  interceptors: ServerInterceptor[] = [],
): Promise<Served> {
  const server = new Server({ interceptors });
  cleanups.push(() => server.forceShutdown());
  server.addService({ call: METHOD }, { call: handler });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { server, port };
}

const echo: handleUnaryCall<Buffer, Buffer> = (call, reply) => reply(null, call.request);

function call({ port }: Served, request = Buffer.alloc(0)): Promise<Buffer | undefined> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanups.push(() => client.close());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(PATH, identity, identity, request, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

/** A message by hand, in the encoding that the header names. */
async function callCompressed({ port }: Served, message: Buffer, encoding: string): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  cleanups.push(() => session.destroy());
  const request = session.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    'grpc-encoding': encoding,
    te: 'trailers',
  });
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt32BE(message.length, 1);
  request.end(Buffer.concat([head, message]));
  request.resume();
  await once(request, 'end');
}

describe('the installed grpc-js', () => {
  it('has every part that is used', async () => {
    expect((await grpcInternals()).filter(({ works }) => !works)).toEqual([]);
    expect(grpcVersion()).toBe(createRequire(import.meta.url)('@grpc/grpc-js/package.json').version);
  });

  it('keeps its HTTP/2 servers, which emit connections and sessions', async () => {
    const served = await serve(echo);
    const servers = http2ServersOf(served.server);
    expect(servers).toHaveLength(1);
    const connections: unknown[] = [];
    const sessions: Http2Session[] = [];
    servers[0]?.prependListener('connection', (socket) => connections.push(socket));
    servers[0]?.on('session', (session) => sessions.push(session));
    await call(served);
    expect([connections.length, sessions.length]).toEqual([1, 1]);
  });

  it('keeps the HTTP/2 stream of a call, for handlers and for interceptors at any depth', async () => {
    const seen: unknown[] = [];
    const looking: ServerInterceptor = (_, call) => {
      seen.push(http2StreamOf(call));
      return new ServerInterceptingCall(call);
    };
    const served = await serve(
      (call, reply) => {
        seen.push(http2StreamOf(call));
        reply(null, call.request);
      },
      [looking, looking, looking],
    );
    await call(served);
    expect(seen).toHaveLength(4);
    expect(seen[0]).toMatchObject({ sentHeaders: { ':status': 200 }, rstCode: 0 });
    expect(new Set(seen).size).toBe(1);
  });

  it('decompresses by a method of the call, which may be replaced from any interceptor', async () => {
    const messages: [message: Buffer, encoding: string][] = [];
    const replacing: ServerInterceptor = (_, call) => {
      const replaced = replaceDecompression(call, (decompress) => (message, encoding) => {
        messages.push([message, encoding]);
        return decompress(message, encoding);
      });
      expect(replaced).toBe(true);
      return new ServerInterceptingCall(call);
    };
    const requests: string[] = [];
    const served = await serve(
      (call, reply) => {
        requests.push(call.request.toString());
        reply(null, call.request);
      },
      [(_, call) => new ServerInterceptingCall(call), replacing],
    );
    const zipped = gzipSync('hello');
    await callCompressed(served, zipped, 'gzip');
    expect(requests).toEqual(['hello']);
    // With its five bytes of head.
    expect(messages).toEqual([[Buffer.concat([Buffer.of(1, 0, 0, 0, zipped.length), zipped]), 'gzip']]);
  });

  it('takes new certificates from credentials, and passes them to the listening servers', () => {
    const credentials = new ReloadingCredentials({ cert: 'first' });
    const seen: unknown[] = [];
    credentials._addWatcher((context) => seen.push(context));
    credentials.replace({ cert: 'second' });
    expect(seen).toEqual([{ cert: 'second' }]);
    expect(credentials._getSecureContextOptions()).toEqual({ cert: 'second' });
  });

  it.each([
    ['NO_ERROR', 0],
    ['PROTOCOL_ERROR', 1],
    ['INTERNAL_ERROR', 2],
    ['ENHANCE_YOUR_CALM', 11],
  ])('has in the text of an error that the stream was reset: %s', async (_, code) => {
    const served = await serve((call) => http2StreamOf(call)?.close(code));
    const error: ServiceError = await call(served).then(
      () => Promise.reject(new Error('it was answered')),
      (error) => error,
    );
    expect([error.message, isStreamReset(error)]).toEqual([error.message, true]);
  });

  it('has no such text in a status', async () => {
    const served = await serve((_, reply) => reply({ code: 13, details: 'internal error' }));
    await expect(call(served).catch(isStreamReset)).resolves.toBe(false);
  });
});

describe('another version of grpc-js', () => {
  it('lacks the parts, and nothing is changed', () => {
    expect(http2ServersOf({} as Server)).toEqual([]);
    expect(http2StreamOf({ stream: { write() {} } })).toBeUndefined();
    expect(http2StreamOf({ nextCall: { nextCall: 'text' } })).toBeUndefined();
    const call = { nextCall: { decompressMessage: 'not a function' } };
    expect(replaceDecompression(call, () => () => Buffer.alloc(0))).toBe(false);
    expect(call).toEqual({ nextCall: { decompressMessage: 'not a function' } });
  });

  it('ends the search, also where interceptors lead in a circle', () => {
    const circle: { nextCall?: unknown } = {};
    circle.nextCall = circle;
    expect(http2StreamOf(circle)).toBeUndefined();
  });
});
