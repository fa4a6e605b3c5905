import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A proxy between a client and a server, which can break the connection. */
export interface TcpProxy {
  /** Such as `127.0.0.1:41233`. */
  readonly address: string;
  /** Connections so far. */
  readonly connections: number;
  /** Bytes so far that the server sent. */
  readonly bytesSent: number;
  /** Connections that are open. */
  readonly open: number;
  /** Whether every byte that came was passed on. */
  readonly idle: boolean;
  /** Where connections go from now on. */
  target: number;
  /** Cuts every connection: at once, or after what was sent. */
  cut(how: 'reset' | 'close'): void;
  /** Passes bytes on late, and at most so many a second on each connection. */
  slow(pace: { readonly delayMs: number; readonly bytesPerSecond: number } | undefined): void;
  /** Stops passing bytes on, without closing anything: as a machine that dies does. */
  freeze(): void;
  thaw(): void;
  /** Cuts every connection and refuses new ones, as a server that is down does. */
  refuse(): void;
  /** Accepts connections again, at the same address. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

export async function openTcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let thawed = Promise.resolve();
  let thaw = () => {};
  let pace: Parameters<TcpProxy['slow']>[0];
  let connections = 0;
  let bytesSent = 0;

  async function pump(from: Socket, to: Socket, onChunk = (_bytes: number) => {}): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await thawed;
      onChunk(chunk.length);
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
    const count = (bytes: number) => {
      bytesSent += bytes;
    };
    pump(upstream, client, count).catch(() => upstream.destroy());
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const listeningPort = (server.address() as AddressInfo).port;
  const proxy: TcpProxy = {
    address: `127.0.0.1:${listeningPort}`,
    target: port,
    get connections() {
      return connections;
    },
    get bytesSent() {
      return bytesSent;
    },
    get open() {
      return pairs.size;
    },
    get idle() {
      return [...pairs].flat().every(({ readableLength, writableLength }) => readableLength + writableLength === 0);
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
    refuse() {
      server.close();
      proxy.cut('close');
    },
    accept: () => listen(listeningPort),
    async close() {
      thaw();
      const closed = server.listening ? once(server, 'close') : undefined;
      proxy.refuse();
      await closed;
    },
  };
  return proxy;
}
