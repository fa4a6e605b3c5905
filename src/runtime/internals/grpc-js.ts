import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** Interceptors wrap the call that holds the stream; each keeps the next as `nextCall`. */
const MAX_INTERCEPTORS = 100;

/**
 * The HTTP/2 stream of a call, as a handler or an interceptor has it. It is not part of grpc-js's public interface: everything that is
 * used of it is looked for, and undefined where it is not as expected.
 */
export function http2StreamOf(call: object): ServerHttp2Stream | undefined {
  let inner: unknown = Reflect.get(call, 'call') ?? call;
  for (let depth = 0; depth < MAX_INTERCEPTORS && inner instanceof Object; depth++) {
    const stream: unknown = Reflect.get(inner, 'stream');
    if (isHttp2Stream(stream)) return stream;
    inner = Reflect.get(inner, 'nextCall');
  }
  return undefined;
}

function isHttp2Stream(value: unknown): value is ServerHttp2Stream {
  if (!(value instanceof Object)) return false;
  const methods = ['write', 'close', 'respond', 'on'].every((name) => typeof Reflect.get(value, name) === 'function');
  return methods && typeof Reflect.get(value, 'writableEnded') === 'boolean';
}

/**
 * The HTTP/2 servers beneath a server that is bound. They are not part of grpc-js's public interface: where they are not as expected
 * there are none, and what guards them guards nothing.
 */
export function http2ServersOf(server: Server): Http2Server[] {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  return servers instanceof Map ? [...servers.keys()] : [];
}
