import { connect, type Socket } from 'node:net';
import {
  ACK,
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  grpcMessage,
  settings,
  TYPE,
  uint32,
} from '../support/raw-http2.js';

/** A stream to read. */
export interface CountRequest {
  /** Such as `/library.v1.BookStreamService/StreamBooks`. */
  readonly path: string;
  /** The encoded request. */
  readonly request: Uint8Array;
  /** Whether a message holds many rows, each as a value of field 1. */
  readonly batches: boolean;
}

/** What a stream brought. */
export interface StreamCount {
  readonly rows: number;
  readonly firstRowMs: number;
  readonly ms: number;
}

/** SETTINGS_ENABLE_PUSH and SETTINGS_INITIAL_WINDOW_SIZE, by RFC 9113. */
const [ENABLE_PUSH, INITIAL_WINDOW_SIZE] = [2, 4];
const WINDOW_UPDATE = 8;
const DEFAULT_WINDOW = 65_535;
const PING_BYTES = 8;

/** The stream that is read now. */
interface Reading {
  readonly id: number;
  readonly counter: MessageCounter;
  readonly start: number;
  firstRowMs: number;
  resolve(count: StreamCount): void;
  reject(error: Error): void;
}

/**
 * Reads streams and counts their rows, one after another over one connection, from the HTTP/2 and gRPC specifications alone. It shares no code
 * with the bench, with grpc-js or with Node's HTTP/2, so that it can say whether these are right; and it steps over the bytes where they
 * arrived, so that the server is measured and not this client.
 */
export class CountingConnection {
  private readonly socket: Socket;
  private readonly refillBytes: number;
  private nextStream = 1;
  private reading: Reading | undefined;
  private ponged: { resolve(): void; reject(error: Error): void } | undefined;
  private unopened = 0;
  private arrivedAt = 0;

  /** @param windowBytes How much may be under way before the server waits for this client. */
  constructor(port: number, windowBytes: number) {
    this.refillBytes = windowBytes / 2;
    const buffer = Buffer.allocUnsafeSlow(2 ** 20);
    const frames = new FrameReader((...piece) => this.take(...piece));
    const callback = (length: number) => {
      this.arrivedAt = performance.now();
      frames.feed(buffer, length);
      return true;
    };
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } });
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('the server closed the connection')));
    this.socket.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        settings([
          [ENABLE_PUSH, 0],
          [INITIAL_WINDOW_SIZE, windowBytes],
        ]),
        frame(WINDOW_UPDATE, 0, 0, uint32(windowBytes - DEFAULT_WINDOW)),
      ]),
    );
  }

  /** Whether nothing can come any more: the next server may have the same port. */
  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  /** @throws When the stream breaks; its status is not looked at, so the caller compares the rows with the table's. */
  count({ path, request, batches }: CountRequest): Promise<StreamCount> {
    const id = this.nextStream;
    this.nextStream += 2;
    const counter = batches ? new BatchCounter() : new MessageCounter();
    const call = Buffer.concat([
      frame(TYPE.headers, END_HEADERS, id, callHeaders(path)),
      frame(TYPE.data, END_STREAM, id, grpcMessage(request)),
    ]);
    return new Promise((resolve, reject) => {
      this.reading = { id, counter, start: performance.now(), firstRowMs: 0, resolve, reject };
      this.socket.write(call);
    });
  }

  /** @returns Once the server has answered. */
  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.ponged = { resolve, reject };
      this.socket.write(frame(TYPE.ping, 0, 0, Buffer.alloc(PING_BYTES)));
    });
  }

  private fail(error: Error): void {
    this.reading?.reject(error);
    this.ponged?.reject(error);
  }

  private take(type: number, flags: number, from: Buffer, at: number, end: number, isLast: boolean): void {
    const { reading } = this;
    if (type === TYPE.data && reading) this.takeRows(reading, from, at, end);
    if (!isLast) return;
    const isAnswer = (flags & ACK) !== 0;
    if (type === TYPE.settings && !isAnswer) this.socket.write(frame(TYPE.settings, ACK, 0));
    if (type === TYPE.ping && isAnswer) this.ponged?.resolve();
    if (type === TYPE.ping && !isAnswer)
      this.socket.write(frame(TYPE.ping, ACK, 0, Uint8Array.from(from.subarray(at, end))));
    if (type === TYPE.reset || type === TYPE.goaway) reading?.reject(new Error('the server broke the stream off'));
    if ((type === TYPE.headers || type === TYPE.data) && flags & END_STREAM && reading) this.finish(reading);
  }

  private takeRows(reading: Reading, from: Buffer, at: number, end: number): void {
    reading.counter.feed(from, at, end);
    if (reading.firstRowMs === 0 && reading.counter.rows > 0) reading.firstRowMs = this.arrivedAt - reading.start;
    this.unopened += end - at;
    if (this.unopened >= this.refillBytes) this.openWindows([0, reading.id]);
  }

  private finish({ counter: { rows }, start, firstRowMs, resolve }: Reading): void {
    const ms = performance.now() - start;
    this.reading = undefined;
    if (this.unopened > 0) this.openWindows([0]);
    resolve({ rows, firstRowMs, ms });
  }

  private openWindows(streams: readonly number[]): void {
    for (const stream of streams) this.socket.write(frame(WINDOW_UPDATE, 0, stream, uint32(this.unopened)));
    this.unopened = 0;
  }
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

/** Counts messages, each of which is a row, by their prefixes: a flag and a length. */
class MessageCounter {
  rows = 0;
  private readonly head = Buffer.alloc(MESSAGE_HEAD);
  private headLength = 0;
  private left = 0;

  feed(from: Buffer, start: number, end: number): void {
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
