import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What stands between a client and a server, and breaks things. */
export interface TcpProxy {
  /** Such as `127.0.0.1:41233`. */
  readonly address: string;
  /** Connections so far. */
  readonly connections: number;
  /** Where connections go from now on. */
  target: number;
  /** Cuts every connection: at once, or behind what was sent. */
  cut(how: 'reset' | 'close'): void;
  /** Stops passing bytes on, without closing anything: as a machine that dies does. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    const upstream = connect(proxy.target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream).pipe(client);
    for (const socket of pair) {
      // What breaks a connection here is the test, or the server under it.
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
      if (frozen) socket.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: port,
    get connections() {
      return connections;
    },
    cut(how) {
      for (const [client, upstream] of pairs) {
        if (how === 'reset') client.resetAndDestroy();
        else client.destroy();
        upstream.destroy();
      }
    },
    freeze() {
      frozen = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    async close() {
      proxy.cut('close');
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
