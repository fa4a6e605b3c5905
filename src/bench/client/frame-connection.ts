import { connect, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { BenchError } from '../../errors/index.js';
import type { ServerAccess } from '../wire/server-place.js';

interface ConnectionOptions {
  /** Null for plain text. */
  readonly tls: ServerAccess['tls'];
  /** Flow-control window of a stream and of the connection. */
  readonly windowBytes: number;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Frames of HTTP/2, by RFC 9113. */
const HEAD_BYTES = 9;
const DATA = 0;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const PADDED = 8;

/** What one read of the socket brings at most. */
const READ_BYTES = 1024 ** 2;

/**
 * A connection for `http2.connect` that hands the data of chosen streams to their readers at once. All other frames go to Node's HTTP/2,
 * which makes an object and an event of each, and garbage of each 64 KiB: on two cores, the server that is measured would lack that time. What
 * reads here opens its windows here.
 */
export class FrameConnection extends Duplex {
  private readonly socket: Socket;
  private readonly refillBytes: number;
  private readonly diverted = new Map<number, (piece: Buffer) => void>();
  private readonly head = Buffer.alloc(HEAD_BYTES);
  private headBytes = 0;
  /** Of the present frame's payload. */
  private payloadBytes = 0;
  private reader: ((piece: Buffer) => void) | undefined;
  /** Bytes that were read and whose window is not open again: of the connection, and of each stream. */
  private readonly unopened = new Map<number, number>();
  private readonly waitingForWrite: (() => void)[] = [];

  constructor({ hostname, port }: URL, { tls, windowBytes }: ConnectionOptions) {
    super();
    this.refillBytes = windowBytes / 2;
    const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (tls ? 443 : 80) };
    this.socket = tls ? this.connectTls(place, tls) : this.connectPlain(place);
    this.socket.setNoDelay(true);
    this.socket.on('end', () => this.push(null));
    this.socket.on('error', (error) => this.destroy(error));
    this.socket.on('close', () => this.destroy());
  }

  /** Hands the data of a stream to a reader, in pieces that are overwritten once it returns, until the stream is restored. */
  divert(stream: number, reader: (piece: Buffer) => void): void {
    this.diverted.set(stream, reader);
  }

  restore(stream: number): void {
    this.diverted.delete(stream);
    this.unopened.delete(stream);
  }

  /** Calls back as the session, which collects its frames for a turn of the event loop, writes them. */
  whenWritten(act: () => void): void {
    this.waitingForWrite.push(act);
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (const act of this.waitingForWrite.splice(0)) act();
    this.socket.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  private connectTls(place: Place, tls: object): Socket {
    const given = Object.fromEntries(Object.entries(tls).filter(([, text]) => text !== null));
    const servername = isIP(place.host) ? '' : place.host;
    const socket = connectTls({ ...place, servername, ALPNProtocols: ['h2'], ...given });
    return socket.on('data', (piece: Buffer) => this.feed(piece));
  }

  /** Reads into one buffer over and over. */
  private connectPlain(place: Place): Socket {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (length: number) => {
      this.feed(buffer.subarray(0, length));
      return true;
    };
    return connect({ ...place, onread: { buffer, callback } });
  }

  private feed(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) at = this.headBytes < HEAD_BYTES ? this.feedHead(piece, at) : this.feedPayload(piece, at);
  }

  private feedHead(piece: Buffer, from: number): number {
    const to = Math.min(piece.length, from + HEAD_BYTES - this.headBytes);
    this.headBytes += piece.copy(this.head, this.headBytes, from, to);
    if (this.headBytes === HEAD_BYTES) this.beginFrame();
    return to;
  }

  private beginFrame(): void {
    const { head } = this;
    this.payloadBytes = head.readUIntBE(0, 3);
    const [type, flags = 0, stream] = [head[3], head[4], head.readUInt32BE(5) & 0x7fff_ffff];
    this.reader = type === DATA ? this.diverted.get(stream) : undefined;
    if (!this.reader) this.push(Buffer.from(head));
    else if (flags & PADDED)
      this.destroy(new BenchError('bench.padded', 'the server pads its data, which bench cannot read'));
    else {
      this.reopen(stream);
      this.reopen(0);
    }
    if (this.payloadBytes === 0) this.endFrame();
  }

  private feedPayload(piece: Buffer, from: number): number {
    const to = Math.min(piece.length, from + this.payloadBytes);
    const payload = piece.subarray(from, to);
    if (this.reader) this.reader(payload);
    else this.push(Buffer.from(payload));
    this.payloadBytes -= to - from;
    if (this.payloadBytes === 0) this.endFrame();
    return to;
  }

  /** The session does not hear of diverted data, except of one that ends its stream: as an empty frame. */
  private endFrame(): void {
    const { head, reader } = this;
    if (reader && (head[4] ?? 0) & END_STREAM) this.push(Buffer.concat([Buffer.alloc(3), head.subarray(3)]));
    this.headBytes = 0;
  }

  /** Counts the present frame, and opens the window again once half of it has been read. */
  private reopen(stream: number): void {
    const bytes = (this.unopened.get(stream) ?? 0) + this.payloadBytes;
    this.unopened.set(stream, bytes < this.refillBytes ? bytes : 0);
    if (bytes < this.refillBytes) return;
    const update = Buffer.alloc(HEAD_BYTES + 4);
    update.writeUIntBE(4, 0, 3);
    update[3] = WINDOW_UPDATE;
    update.writeUInt32BE(stream, 5);
    update.writeUInt32BE(bytes, HEAD_BYTES);
    this.socket.write(update);
  }
}
