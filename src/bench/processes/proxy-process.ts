/** The distance's process: a proxy in front of a server that delays every byte. */
import { connect, createServer, type Socket } from 'node:net';
import { z } from 'zod';
import { delayBytes } from '../wire/delayed-bytes.js';
import { proxyOperations } from './protocol.js';
import { handle, serveParent } from './serve-parent.js';

serveParent([
  handle(proxyOperations.start, async ({ target, delayMs }) => {
    const { hostname, port } = new URL(`tcp://${target}`);
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const upstream = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), allowHalfOpen: true });
      for (const socket of [client, upstream]) prepare(socket);
      delayBytes(client, upstream, delayMs);
      delayBytes(upstream, client, delayMs);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return { address: `127.0.0.1:${addressShape.parse(server.address()).port}` };
  }),
]);

const addressShape = z.object({ port: z.number() });

/** When one connection breaks, the other one is closed as well. */
function prepare(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
}
