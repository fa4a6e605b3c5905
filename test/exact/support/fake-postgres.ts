import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that speaks as much of PostgreSQL's protocol as a client needs to ask, and answers whatever it is told to. */
export interface FakePostgres {
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: number;
  /** What comes instead of the answer to a query, in pieces as they go to the socket. */
  answer: readonly Buffer[];
  /** Whether the connection is closed behind an answer. */
  closes: boolean;
  close(): Promise<void>;
}

export async function startFakePostgres(): Promise<FakePostgres> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay();
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket, fake).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakePostgres = {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    answer: [],
    closes: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return fake;
}

async function serve(socket: Socket, fake: FakePostgres): Promise<void> {
  let bytes: Buffer = Buffer.alloc(0);
  let isStarted = false;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    if (!isStarted) {
      if (bytes.length < 4 || bytes.length < bytes.readInt32BE(0)) continue;
      isStarted = true;
      bytes = bytes.subarray(bytes.readInt32BE(0));
      socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(1), int32(2)), READY]));
    }
    while (bytes.length >= 5 && bytes.length >= 1 + bytes.readInt32BE(1)) {
      const code = String.fromCharCode(bytes[0] as number);
      bytes = bytes.subarray(1 + bytes.readInt32BE(1));
      if (code === 'X') return void socket.end();
      if (code === 'S') await answer(socket, fake);
    }
  }
}

/** Each piece by itself: a client must not count on what comes together. */
async function answer(socket: Socket, { answer: pieces, closes }: FakePostgres): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  if (closes) socket.end();
}

/** A part of an answer: bytes that say how it is to be read, or a value. */
export interface Piece {
  readonly bytes: Buffer;
  readonly isStructure: boolean;
}

export function message(code: string, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(code), int32(4 + parts.reduce((sum, { length }) => sum + length, 0)), ...parts]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const READY = message('Z', Buffer.from('I'));
export const PARSED = message('1');
export const BOUND = message('2');
export const complete = (rows: number) => message('C', Buffer.from(`SELECT ${rows}\0`));

export interface FakeColumn {
  readonly name: string;
  /** The type's OID. */
  readonly type: number;
  readonly format: 'text' | 'binary';
}

export function description(columns: readonly FakeColumn[]): Buffer {
  const parts = columns.flatMap(({ name, type, format }) => [
    Buffer.from(`${name}\0`),
    ...[int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(format === 'text' ? 0 : 1)],
  ]);
  return message('T', int16(columns.length), ...parts);
}

/** A row as it is; null is NULL. */
export function dataRow(values: readonly (Buffer | null)[]): Buffer {
  const parts = values.flatMap((value) => (value ? [int32(value.length), value] : [int32(-1)]));
  return message('D', int16(values.length), ...parts);
}
