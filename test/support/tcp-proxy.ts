import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

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
  /** Passes bytes on late, and so many a second at most on each connection. */
  slow(pace: { readonly delayMs: number; readonly bytesPerSecond: number } | undefined): void;
  /** Stops passing bytes on, without closing anything: as a machine that dies does. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let thawed = Promise.resolve();
  let thaw = () => {};
  let pace: Parameters<TcpProxy['slow']>[0];
  let connections = 0;

  async function pump(from: Socket, to: Socket): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await thawed;
      if (pace) await delay(pace.delayMs + (chunk.length * 1000) / pace.bytesPerSecond);
      if (!to.write(chunk)) await once(to, 'drain');
    }
    to.end();
  }

  const server = createServer((client) => {
    connections++;
    const upstream = connect(proxy.target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
      // What breaks a connection here is the test, or the server under it.
      socket.on('error', () => {});
    }
    pump(client, upstream).catch(() => client.destroy());
    pump(upstream, client).catch(() => upstream.destroy());
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
    slow(next) {
      pace = next;
    },
    freeze() {
      thawed = new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw: () => thaw(),
    async close() {
      thaw();
      proxy.cut('close');
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
