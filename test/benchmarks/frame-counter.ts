/**
 * A client that counts and times rows, in a process of its own, from the HTTP/2 and gRPC specifications alone: a socket, frame by
 * frame. It shares no code with the bench, with grpc-js or with Node's HTTP/2, so that it can say whether the bench is right.
 */
import { connect, type Socket } from 'node:net';

/** What to read. */
export interface CountRequest {
  readonly address: string;
  readonly path: string;
  readonly chunk: number;
  readonly checkInterval: number;
  /** Null for a row a message. */
  readonly batchRows: number | null;
  /** Null for the whole table. */
  readonly limit: number | null;
}

/** What came. */
export interface Count {
  readonly rows: number;
  readonly wallMs: number;
  readonly firstRowMs: number;
}

/** Of frames, by RFC 9113. */
const FRAME = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const ACK = 0x1;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const PADDED = 0x8;
const FRAME_HEAD = 9;

/** What the generated client asks for. */
const WINDOW = 4 * 1024 ** 2;

/** An open connection, and the stream that reads from it now. */
interface Connection {
  readonly socket: Socket;
  nextStream: number;
  onFrame: (type: number, flags: number, payload: Buffer) => void;
  onFailure: (error: Error) => void;
}

const connections = new Map<string, Promise<Connection>>();

process.on('message', async (request: CountRequest) => {
  const opening = connections.get(request.address) ?? open(request.address);
  connections.set(request.address, opening);
  try {
    process.send?.(await count(await opening, request));
  } catch (error) {
    connections.delete(request.address);
    process.send?.({ failure: String(error) });
  }
});
process.once('disconnect', () => process.exit());

function open(address: string): Promise<Connection> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  const connection: Connection = { socket, nextStream: 1, onFrame: () => {}, onFailure: () => {} };
  const increment = uint32(WINDOW - 65_535);
  socket.write(
    Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      frame(FRAME.settings, 0, 0, Buffer.concat([setting(2, 0), setting(4, WINDOW)])),
      frame(FRAME.windowUpdate, 0, 0, increment),
    ]),
  );
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = takeFrames(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]), connection);
  });
  return new Promise((resolve, reject) => {
    connection.onFailure = reject;
    socket.once('connect', () => resolve(connection));
    socket.on('error', (error) => connection.onFailure(error));
    socket.on('close', () => connection.onFailure(new Error('the server closed the connection')));
  });
}

/** Hands the whole frames on. @returns The bytes of the one that is not whole yet. */
function takeFrames(bytes: Buffer, connection: Connection): Buffer {
  let at = 0;
  while (at + FRAME_HEAD <= bytes.length) {
    const end = at + FRAME_HEAD + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    takeFrame(connection, bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes.subarray(at + FRAME_HEAD, end));
    at = end;
  }
  return bytes.subarray(at);
}

function takeFrame(connection: Connection, type: number, flags: number, payload: Buffer): void {
  const { socket } = connection;
  if (type === FRAME.settings && !(flags & ACK)) socket.write(frame(FRAME.settings, ACK, 0));
  else if (type === FRAME.ping && !(flags & ACK)) socket.write(frame(FRAME.ping, ACK, 0, payload));
  else if (type === FRAME.goAway) connection.onFailure(new Error('the server goes away'));
  else connection.onFrame(type, flags, payload);
}

/** Reads one stream to its end. */
function count(connection: Connection, request: CountRequest): Promise<Count> {
  const { socket } = connection;
  const id = connection.nextStream;
  connection.nextStream += 2;
  const counter = request.batchRows === null ? messageCounter() : batchCounter();
  let unacknowledged = 0;
  let firstRowMs: number | undefined;
  return new Promise((resolve, reject) => {
    connection.onFailure = reject;
    const startedAt = performance.now();
    connection.onFrame = (type, flags, payload) => {
      if (type === FRAME.resetStream) reject(new Error(`the server reset the stream: ${payload.readUInt32BE(0)}`));
      if (type === FRAME.data) {
        if (flags & PADDED) reject(new Error('padding was not expected'));
        counter.take(payload);
        if (counter.rows > 0) firstRowMs ??= performance.now() - startedAt;
        unacknowledged += payload.length;
        if (unacknowledged >= WINDOW / 2) {
          const increment = uint32(unacknowledged);
          socket.write(frame(FRAME.windowUpdate, 0, 0, increment));
          socket.write(frame(FRAME.windowUpdate, 0, id, increment));
          unacknowledged = 0;
        }
      }
      if (!(flags & END_STREAM) || (type !== FRAME.headers && type !== FRAME.data)) return;
      if (unacknowledged > 0) socket.write(frame(FRAME.windowUpdate, 0, 0, uint32(unacknowledged)));
      resolve({ rows: counter.rows, wallMs: performance.now() - startedAt, firstRowMs: firstRowMs ?? 0 });
    };
    const message = requestBytes(request);
    const body = Buffer.concat([Buffer.from([0]), uint32(message.length), message]);
    socket.write(
      Buffer.concat([
        frame(FRAME.headers, END_HEADERS, id, headerBlock(request)),
        frame(FRAME.data, END_STREAM, id, body),
      ]),
    );
  });
}

/** Counts messages by their prefixes (a flag and a length), and looks at no more of them. */
function messageCounter() {
  let rows = 0;
  /** Bytes of the message that are still to come, and those of a prefix that came in parts. */
  let left = 0;
  let prefix: number[] = [];
  return {
    get rows() {
      return rows;
    },
    take(data: Buffer): void {
      let at = 0;
      while (at < data.length) {
        if (left > 0) {
          const skipped = Math.min(left, data.length - at);
          left -= skipped;
          at += skipped;
          if (left === 0) rows += 1;
          continue;
        }
        prefix.push(data[at] ?? 0);
        at += 1;
        if (prefix.length < 5) continue;
        left = Buffer.from(prefix).readUInt32BE(1);
        prefix = [];
        if (left === 0) rows += 1;
      }
    },
  };
}

/** Counts the rows in messages that are batches: a repeated field of number 1, each row after its length. */
function batchCounter() {
  let rows = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let needed = 5;
  const countIn = (message: Buffer) => {
    let at = 0;
    while (at < message.length) {
      if (message[at] !== 0x0a) throw new Error(`a batch has the tag ${message[at]}`);
      at += 1;
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = message[at++] ?? 0;
        length += (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      at += length;
      rows += 1;
    }
  };
  return {
    get rows() {
      return rows;
    },
    take(data: Buffer): void {
      pending.push(data);
      pendingBytes += data.length;
      if (pendingBytes < needed) return;
      let bytes = Buffer.concat(pending);
      for (;;) {
        needed = bytes.length < 5 ? 5 : 5 + bytes.readUInt32BE(1);
        if (bytes.length < needed) break;
        countIn(bytes.subarray(5, needed));
        bytes = bytes.subarray(needed);
      }
      pending = [bytes];
      pendingBytes = bytes.length;
    },
  };
}

/** A stream request, by the field numbers of the .proto file. */
function requestBytes({ chunk, checkInterval, batchRows, limit }: CountRequest): Buffer {
  return Buffer.concat([
    ...(limit === null ? [] : [varintField(4, limit)]),
    varintField(8, chunk),
    varintField(9, checkInterval),
    ...(batchRows === null ? [] : [varintField(10, batchRows)]),
  ]);
}

function varintField(number: number, value: number): Buffer {
  const bytes = [number << 3];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** HPACK's simplest form: every header as it is, with no table and no compression. */
function headerBlock({ address, path }: CountRequest): Buffer {
  const headers = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': address,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  return Buffer.concat(
    Object.entries(headers).map(([name, value]) =>
      Buffer.concat([
        Buffer.from([0, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]),
    ),
  );
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
