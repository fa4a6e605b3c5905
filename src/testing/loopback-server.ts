import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { StreamService } from '../runtime/index.js';

/** A server on a free port of this machine. */
export interface LoopbackServer {
  /** Such as `127.0.0.1:41233`. */
  readonly address: string;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/**
 * Serves on a free loopback port: real sockets, real flow control, no configuration.
 *
 * @example
 * const server = await startLoopbackServer(createServices({ prisma: { book: inMemoryDelegate(rows) } }));
 * const clients = createClients(server.address);
 * // …
 * clients.close();
 * await server.close();
 */
export async function startLoopbackServer(
  services: readonly Pick<StreamService, 'definition' | 'implementation'>[],
): Promise<LoopbackServer> {
  const server = new Server();
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    close: async () => server.forceShutdown(),
  };
}
