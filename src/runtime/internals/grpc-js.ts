import { once } from 'node:events';
import { connect, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { createRequire } from 'node:module';
import { duplexPair } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { Internal } from './internal.js';

// Everything in this file uses parts of grpc-js that grpc-js does not document. The code checks for each part before it uses it, and has a
// fallback. Each part has a contract test against the installed version (test/runtime/internals/grpc-js.test.ts), and `grpcInternals` lists
// it.

/**
 * The HTTP/2 servers beneath a server that is bound.
 *
 * @returns None with a grpc-js that does not have this part.
 */
export function http2ServersOf(server: Server): Http2Server[] {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  return servers instanceof Map ? [...servers.keys()] : [];
}

/**
 * The HTTP/2 stream of a call, as a handler or an interceptor has it.
 *
 * @returns Undefined with a grpc-js that does not have this part.
 */
export function http2StreamOf(call: object): ServerHttp2Stream | undefined {
  for (const inner of callsWithin(call)) {
    const stream: unknown = Reflect.get(inner, 'stream');
    if (isHttp2Stream(stream)) return stream;
  }
  return undefined;
}

/** More interceptors than any server has. */
const MAX_INTERCEPTORS = 100;

/**
 * A handler's call keeps the call of the interceptors as `call`; each interceptor keeps the next call as `nextCall`; the last is grpc-js's
 * own.
 */
function* callsWithin(call: object): Generator<object> {
  let inner: unknown = Reflect.get(call, 'call') ?? call;
  for (let depth = 0; depth < MAX_INTERCEPTORS && inner instanceof Object; depth++) {
    yield inner;
    inner = Reflect.get(inner, 'nextCall');
  }
}

function isHttp2Stream(value: unknown): value is ServerHttp2Stream {
  if (!(value instanceof Object)) return false;
  const methods = ['write', 'close', 'respond', 'on'].every((name) => typeof Reflect.get(value, name) === 'function');
  return methods && typeof Reflect.get(value, 'writableEnded') === 'boolean';
}

/** How the client compresses its requests, such as `gzip`; `identity` also with a grpc-js that does not have this part. */
export function requestEncodingOf(call: object): string {
  for (const inner of callsWithin(call)) {
    const encoding: unknown = Reflect.get(inner, 'incomingEncoding');
    if (typeof encoding === 'string') return encoding;
  }
  return 'identity';
}

/** Decompresses a message of a request. */
export type Decompress = (message: Buffer, encoding: string) => Promise<Buffer> | Buffer;

/**
 * Replaces how a call decompresses its messages.
 *
 * @returns False with a grpc-js that does not have this part: nothing is replaced.
 */
export function replaceDecompression(call: object, replace: (decompress: Decompress) => Decompress): boolean {
  for (const inner of callsWithin(call)) {
    const decompress: unknown = Reflect.get(inner, 'decompressMessage');
    if (typeof decompress === 'function') {
      return Reflect.set(inner, 'decompressMessage', replace(decompress.bind(inner)));
    }
  }
  return false;
}

/** Node waits for two minutes. */
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Server credentials whose certificates can be replaced while the server listens: new connections use the new ones, open connections go on.
 * grpc-js also has credentials that read files, but they stop serving when a file is only half written.
 */
export class ReloadingCredentials extends ServerCredentials {
  constructor(context: SecureContextOptions) {
    // Clients must present a certificate only if there is an authority to check it with; Node refuses clients that present none.
    super({ requestCert: context.ca !== undefined, handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS }, context);
  }

  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Whether a call's error means that its HTTP/2 stream was reset. Such a call has no status: grpc-js makes one, and says so in its text. */
export function isStreamReset({ message }: Error): boolean {
  return /RST_STREAM/.test(message) || /Bandwidth exhausted or memory limit exceeded/.test(message);
}

/** The version of grpc-js that is installed. */
export function grpcVersion(): string {
  const { version }: { version: string } = createRequire(import.meta.url)('@grpc/grpc-js/package.json');
  return version;
}

let checked: Promise<readonly Internal[]> | undefined;

/** Checks the installed grpc-js for the undocumented parts that a server uses: once in a process, with a call that needs no network. */
export function grpcInternals(): Promise<readonly Internal[]> {
  checked ??= checkInternals();
  return checked;
}

interface SeenInternals {
  servers: boolean;
  interceptorStream: boolean;
  handlerStream: boolean;
  decompression: boolean;
  encoding: boolean;
}

async function checkInternals(): Promise<readonly Internal[]> {
  const seen = {
    servers: false,
    interceptorStream: false,
    handlerStream: false,
    decompression: false,
    encoding: false,
  };
  // A part that the call did not reach counts as missing.
  await lookAtCall(seen).catch(() => {});
  return [
    {
      name: 'Server.http2Servers',
      works: seen.servers,
      means:
        'limits on connections, on calls that begin without end and on pings; UNAVAILABLE for calls that a shutdown cuts',
    },
    {
      name: 'the HTTP/2 stream of a call',
      works: seen.interceptorStream && seen.handlerStream,
      means: 'the fast way to write rows; resets of clients that do not read',
    },
    {
      name: 'the decompressMessage method of a call',
      works: seen.decompression,
      means: 'limits on requests that are decompressed at a time',
    },
    {
      name: 'the incomingEncoding of a call',
      works: seen.encoding,
      means: 'compressed messages for clients that compress their requests',
    },
    {
      name: 'ServerCredentials.updateSecureContextOptions',
      works: typeof Reflect.get(ServerCredentials.prototype, 'updateSecureContextOptions') === 'function',
      means: 'new certificates without a restart',
    },
  ];
}

const PROBE_PATH = '/grpc_stream.Probe/Call';

/** A call within the process takes milliseconds. */
const PROBE_TIMEOUT_MS = 5000;

/** One call from end to end, over a connection within the process. */
async function lookAtCall(seen: SeenInternals): Promise<void> {
  const server = new Server({ interceptors: [lookingInterceptor(seen)] });
  server.addService({ call: PROBE_METHOD }, { call: lookingHandler(seen) });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  seen.servers = http2ServersOf(server).length > 0;
  const [near, far] = duplexPair();
  const session = connect('http://localhost', { createConnection: () => near });
  injector.injectConnection(far);
  try {
    const request = session.request({
      ':method': 'POST',
      ':path': PROBE_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-encoding': 'gzip',
    });
    request.end(EMPTY_MESSAGE);
    request.resume();
    await once(request, 'end', { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  } finally {
    session.destroy();
    server.forceShutdown();
  }
}

function lookingInterceptor(seen: SeenInternals): ServerInterceptor {
  return (_, call) => {
    seen.interceptorStream = http2StreamOf(call) !== undefined;
    seen.decompression = replaceDecompression(call, (decompress) => decompress);
    return new ServerInterceptingCall(call);
  };
}

function lookingHandler(seen: SeenInternals): handleUnaryCall<Buffer, Buffer> {
  return (call, reply) => {
    seen.handlerStream = http2StreamOf(call) !== undefined;
    seen.encoding = requestEncodingOf(call) === 'gzip';
    reply(null, call.request);
  };
}

/** Not compressed, and no bytes. */
const EMPTY_MESSAGE = Buffer.alloc(5);

const identity = (bytes: Buffer): Buffer => bytes;

const PROBE_METHOD = {
  path: PROBE_PATH,
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
