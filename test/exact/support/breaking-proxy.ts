import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of a connection that breaks: it is reset, closed in order, or goes silent. */
export type Break = 'reset' | 'close' | 'silence';

/** A proxy that breaks a connection in the midst of what a server sends. */
export interface BreakingProxy {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Breaks the connection behind so many more bytes of the server's; resolves when it did. */
  breakBehind(bytes: number, how: Break): Promise<void>;
  /** Cuts every connection. */
  cut(): void;
  /** Cuts every connection, and refuses others. */
  close(): Promise<void>;
}

interface Breaking {
  left: number;
  readonly how: Break;
  readonly done: () => void;
}

export async function openBreakingProxy(target: number): Promise<BreakingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let breaking: Breaking | undefined;

  /** Hands on what may pass. */
  function pass(bytes: Buffer, client: Socket, upstream: Socket): void {
    if (!breaking || bytes.length < breaking.left) {
      if (breaking) breaking.left -= bytes.length;
      client.write(bytes);
      return;
    }
    const { left, how, done } = breaking;
    breaking = undefined;
    client.write(bytes.subarray(0, left), () => {
      if (how === 'reset') client.resetAndDestroy();
      if (how === 'close') client.end();
      done();
    });
    upstream.removeAllListeners('data').destroy();
  }

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    connections++;
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => upstream.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('data', (bytes) => pass(bytes, client, upstream));
    upstream.on('end', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    breakBehind: (bytes, how) =>
      new Promise((resolve) => {
        breaking = { left: bytes, how, done: resolve };
      }),
    cut,
    async close() {
      cut();
      server.close();
    },
  };
}
