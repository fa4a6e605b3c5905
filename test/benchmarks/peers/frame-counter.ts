import { connect, type Socket } from 'node:net';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  grpcMessage,
  settings,
  TYPE,
  uint32,
} from '../../support/raw-http2.js';

/** What a stream brought. */
export interface StreamCount {
  readonly rows: number;
  readonly messages: number;
  readonly bytes: number;
  readonly firstRowMs: number;
  readonly ms: number;
}

export interface CountStreamOptions {
  readonly port: number;
  /** Such as `/library.v1.BookStreamService/StreamBooks`. */
  readonly path: string;
  /** The encoded request. */
  readonly request: Uint8Array;
  /** Whether a message holds many rows, each as a value of field 1. */
  readonly batches: boolean;
}

/** So much may be under way that the server never waits for this client's permission. */
const WINDOW = 2 ** 31 - 1;
/** From so many bytes on, the windows are opened again. */
const REFILL = 2 ** 29;
const INITIAL_WINDOW_SIZE = 4;
const DEFAULT_WINDOW = 65_535;
const STREAM = 1;

/**
 * Reads one stream and counts its messages, over a socket of its own, and does as little as can be: bytes are stepped over where they
 * arrived. So the server is what is measured, and not this client.
 */
export function countStream({ port, path, request, batches }: CountStreamOptions): Promise<StreamCount> {
  const start = performance.now();
  const counter = batches ? new BatchCounter() : new MessageCounter();
  let firstRowMs = 0;
  let unopened = 0;
  return new Promise((resolve, reject) => {
    const onData = (from: Buffer, at: number, end: number) => {
      counter.feed(from, at, end);
      if (firstRowMs === 0 && counter.messages > 0) firstRowMs = performance.now() - start;
    };
    const frames = new FrameReader((type, flags, from, at, end, isLast) => {
      if (type === TYPE.data) onData(from, at, end);
      if (!isLast) return;
      if (type === TYPE.settings && !(flags & 1)) socket.write(frame(TYPE.settings, 1, 0));
      if (type === TYPE.ping && !(flags & 1))
        socket.write(frame(TYPE.ping, 1, 0, Uint8Array.from(from.subarray(at, end))));
      if (type === TYPE.reset || type === TYPE.goaway) socket.destroy(new Error('the server broke the stream off'));
      if ((type === TYPE.headers || type === TYPE.data) && flags & END_STREAM) finish();
    });
    const finish = () => {
      socket.destroy();
      const { rows, messages, bytes } = counter;
      resolve({ rows, messages, bytes, firstRowMs, ms: performance.now() - start });
    };
    const buffer = Buffer.allocUnsafeSlow(2 ** 20);
    const callback = (length: number) => {
      frames.feed(buffer, length);
      unopened += length;
      if (unopened >= REFILL) {
        openWindows(socket, unopened);
        unopened = 0;
      }
      return true;
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } });
    socket.setNoDelay();
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    socket.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        settings([[INITIAL_WINDOW_SIZE, WINDOW]]),
        frame(TYPE_WINDOW_UPDATE, 0, 0, uint32(WINDOW - DEFAULT_WINDOW)),
        frame(TYPE.headers, END_HEADERS, STREAM, callHeaders(path)),
        frame(TYPE.data, END_STREAM, STREAM, grpcMessage(request)),
      ]),
    );
  });
}

const TYPE_WINDOW_UPDATE = 8;

function openWindows(socket: Socket, bytes: number): void {
  for (const stream of [0, STREAM]) socket.write(frame(TYPE_WINDOW_UPDATE, 0, stream, uint32(bytes)));
}

const FRAME_HEAD = 9;

type OnPayload = (type: number, flags: number, from: Buffer, at: number, end: number, isLast: boolean) => void;

/** Splits what a socket brings into frames; a payload may come in several pieces. */
class FrameReader {
  private readonly onPayload: OnPayload;
  private readonly head = Buffer.alloc(FRAME_HEAD);
  private headLength = 0;
  private left = 0;

  constructor(onPayload: OnPayload) {
    this.onPayload = onPayload;
  }

  feed(from: Buffer, length: number): void {
    for (let at = 0; at < length; ) {
      if (this.headLength < FRAME_HEAD) {
        const taken = Math.min(FRAME_HEAD - this.headLength, length - at);
        from.copy(this.head, this.headLength, at, at + taken);
        this.headLength += taken;
        at += taken;
        if (this.headLength < FRAME_HEAD) return;
        this.left = this.head.readUIntBE(0, 3);
      }
      const end = Math.min(length, at + this.left);
      this.left -= end - at;
      const isLast = this.left === 0;
      this.onPayload(this.head[3] ?? 0, this.head[4] ?? 0, from, at, end, isLast);
      if (isLast) this.headLength = 0;
      at = end;
    }
  }
}

const MESSAGE_HEAD = 5;

/** Counts messages, each of which is a row. */
class MessageCounter {
  rows = 0;
  messages = 0;
  bytes = 0;
  private readonly head = Buffer.alloc(MESSAGE_HEAD);
  private headLength = 0;
  private left = 0;

  feed(from: Buffer, start: number, end: number): void {
    this.bytes += end - start;
    for (let at = start; at < end; ) {
      if (this.left > 0) {
        const next = Math.min(end, at + this.left);
        this.body(from, at, next);
        this.left -= next - at;
        at = next;
        continue;
      }
      this.head[this.headLength++] = from[at++] as number;
      if (this.headLength < MESSAGE_HEAD) continue;
      this.headLength = 0;
      this.left = this.head.readUInt32BE(1);
      this.messages++;
      this.began();
    }
  }

  protected began(): void {
    this.rows++;
  }

  protected body(_from: Buffer, _at: number, _end: number): void {}
}

/** Counts the rows within messages: a tag of one byte, a length, and so many bytes. */
class BatchCounter extends MessageCounter {
  private isTag = true;
  private length = 0;
  private shift = 0;
  private rowLeft = 0;

  protected override began(): void {}

  protected override body(from: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.rowLeft > 0) {
        const taken = Math.min(this.rowLeft, end - at);
        this.rowLeft -= taken;
        at += taken;
        continue;
      }
      const byte = from[at++] as number;
      if (this.isTag) {
        this.isTag = false;
        this.rows++;
        continue;
      }
      this.length |= (byte & 127) << this.shift;
      this.shift += 7;
      if (byte > 127) continue;
      this.rowLeft = this.length;
      this.isTag = true;
      this.length = 0;
      this.shift = 0;
    }
  }
}
