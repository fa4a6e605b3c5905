import type { Http2Server } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/**
 * The HTTP/2 servers beneath a server that is bound. They are not part of grpc-js's public interface: where they are not as expected
 * there are none, and what guards them guards nothing.
 */
export function http2ServersOf(server: Server): Http2Server[] {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  return servers instanceof Map ? [...servers.keys()] : [];
}
