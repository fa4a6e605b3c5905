import { connect, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { BenchError } from '../../errors/index.js';
import type { ServerAccess } from '../wire/server-place.js';
import {
  DATA,
  END_STREAM,
  type FrameHead,
  FrameSplitter,
  HEAD_BYTES,
  PADDED,
  WINDOW_UPDATE,
} from './frame-splitter.js';

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

/** What a client sends before its frames. */
const PREFACE_BYTES = 24;

/** What one read of the socket brings at most. */
const READ_BYTES = 1024 ** 2;

/** Who takes the data of a stream. */
export interface DataReader {
  /** The whole request is about to be written. */
  sent(): void;
  /**
   * Takes a piece, which is overwritten once this returns.
   *
   * @param arrivedAt When its bytes came from the socket, by `performance.now()`: before other frames that came with it were handled.
   */
  take(piece: Buffer, arrivedAt: number): void;
  /** The last frame has come. */
  ended(arrivedAt: number): void;
}

/**
 * A connection for `http2.connect` that hands the data of chosen streams to their readers at once. All other frames go to Node's HTTP/2,
 * which makes an object and an event of each, and garbage of each 64 KiB: on two cores, the server that is measured would lack that time. What
 * reads here opens its windows here.
 */
export class FrameConnection extends Duplex {
  private readonly socket: Socket;
  private readonly refillBytes: number;
  private readonly diverted = new Map<number, DataReader>();
  /** Of the present frame. */
  private reader: DataReader | undefined;
  private arrivedAt = 0;
  /** Bytes that were read and whose window is not open again: of the connection, and of each stream. */
  private readonly unopened = new Map<number, number>();
  private readonly incoming = new FrameSplitter({
    begin: (head) => this.beginFrame(head),
    payload: (piece) => (this.reader ? this.reader.take(piece, this.arrivedAt) : void this.push(Buffer.from(piece))),
    end: (head) => this.endFrame(head),
  });
  private readonly outgoing = new FrameSplitter(
    {
      begin: () => {},
      payload: () => {},
      end: ({ flags, stream }) => {
        if (flags & END_STREAM) this.diverted.get(stream)?.sent();
      },
    },
    PREFACE_BYTES,
  );

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

  /** Hands the data of a stream to a reader until the stream is restored. */
  divert(stream: number, reader: DataReader): void {
    this.diverted.set(stream, reader);
  }

  restore(stream: number): void {
    this.diverted.delete(stream);
    this.unopened.delete(stream);
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.outgoing.feed(bytes);
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
    return socket.on('data', (piece: Buffer) => this.receive(piece));
  }

  /** Reads into one buffer over and over. */
  private connectPlain(place: Place): Socket {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (length: number) => {
      this.receive(buffer.subarray(0, length));
      return true;
    };
    return connect({ ...place, onread: { buffer, callback } });
  }

  private receive(bytes: Buffer): void {
    this.arrivedAt = performance.now();
    this.incoming.feed(bytes);
  }

  private beginFrame({ bytes, payloadBytes, type, flags, stream }: FrameHead): void {
    this.reader = type === DATA ? this.diverted.get(stream) : undefined;
    if (!this.reader) this.push(Buffer.from(bytes));
    else if (flags & PADDED)
      this.destroy(new BenchError('bench.padded', 'the server pads its data, which bench cannot read'));
    else for (const window of [stream, 0]) this.reopen(window, payloadBytes);
  }

  /** The session does not hear of diverted data, except of one that ends its stream: as an empty frame. */
  private endFrame({ bytes, flags, stream }: FrameHead): void {
    if (!(flags & END_STREAM)) return;
    this.diverted.get(stream)?.ended(this.arrivedAt);
    if (this.reader) this.push(Buffer.concat([Buffer.alloc(3), bytes.subarray(3)]));
  }

  /** Counts a frame, and opens the window again once half of it has been read. */
  private reopen(stream: number, payloadBytes: number): void {
    const bytes = (this.unopened.get(stream) ?? 0) + payloadBytes;
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
