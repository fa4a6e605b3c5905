import type { Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from '../runtime/internals/grpc-js.js';

/**
 * Follows the connections of a server that is bound, so that they can be cut. grpc-js would reset their calls as cancelled, which tells
 * clients that they did so themselves, and no client tries such a call again. One whose connection is gone is UNAVAILABLE to all of them.
 *
 * @returns Cuts those that are open.
 */
export function followConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  for (const http2Server of http2ServersOf(server)) {
    http2Server.prependListener('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
  }
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
