import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Frames of HTTP/2, by hand: what no client of good faith sends. */
export const TYPE = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 };
export const END_STREAM = 1;
export const END_HEADERS = 4;
export const ACK = 1;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The headers of a call, none of them compressed. */
export function callHeaders(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return headerBlock({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...more,
  });
}

/** Headers as HPACK has them, none of them compressed. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

/** A text of HPACK, its length in seven bits and more. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** A message of gRPC. */
export function grpcMessage(payload: Uint8Array = Buffer.alloc(0), compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** A whole call, of an empty request. */
export function wholeCall(id: number, path: string): Buffer[] {
  return [frame(TYPE.headers, END_HEADERS, id, callHeaders(path)), frame(TYPE.data, END_STREAM, id, grpcMessage())];
}

export function settings(values: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(6 * values.length);
  values.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return frame(TYPE.settings, 0, 0, payload);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A connection that keeps what it is sent, and acknowledges what it must. */
export interface RawConnection {
  readonly socket: Socket;
  readonly frames: readonly ReceivedFrame[];
  readonly closed: boolean;
  /** Code and text of the first GOAWAY that came. */
  readonly goaway: readonly [code: number, text: string] | undefined;
  /** The code that a stream was reset with. */
  resetOf(stream: number): number | undefined;
  send(...frames: readonly Buffer[]): void;
  /** Sends, at the pace of whoever reads; false once the connection is closed. */
  sendPaced(...frames: readonly Buffer[]): Promise<boolean>;
}

/** @param localAddress The address that the server sees, which it counts calls by. */
export async function rawConnection(
  port: number,
  values: Parameters<typeof settings>[0] = [],
  localAddress = '127.0.0.1',
): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  const frames: ReceivedFrame[] = [];
  let closed = false;
  let unread = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.on('data', (data) => {
    unread = Buffer.concat([unread, data]);
    for (let next = frameIn(unread); next; next = frameIn(unread)) {
      unread = unread.subarray(9 + next.payload.length);
      frames.push(next);
      if (next.type === TYPE.settings && !(next.flags & ACK)) socket.write(frame(TYPE.settings, ACK, 0));
    }
  });
  await once(socket, 'connect');
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings(values)]));
  return {
    socket,
    frames,
    get closed() {
      return closed;
    },
    get goaway() {
      const first = frames.find(({ type }) => type === TYPE.goaway)?.payload;
      return first && ([first.readUInt32BE(4), first.subarray(8).toString()] as const);
    },
    resetOf: (id) => frames.find(({ type, stream }) => type === TYPE.reset && stream === id)?.payload.readUInt32BE(0),
    send: (...all) => void socket.write(Buffer.concat(all)),
    async sendPaced(...all) {
      if (closed) return false;
      if (!socket.write(Buffer.concat(all))) {
        const ended = new AbortController();
        const { signal } = ended;
        await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
        ended.abort();
      }
      await new Promise((resolve) => setImmediate(resolve));
      return !closed;
    },
  };
}

/** The first whole frame. */
export function frameIn(bytes: Buffer): ReceivedFrame | undefined {
  if (bytes.length < 9) return undefined;
  const length = bytes.readUIntBE(0, 3);
  if (bytes.length < 9 + length) return undefined;
  return {
    type: bytes[3] ?? 0,
    flags: bytes[4] ?? 0,
    stream: bytes.readUInt32BE(5) & 0x7fff_ffff,
    payload: bytes.subarray(9, 9 + length),
  };
}
