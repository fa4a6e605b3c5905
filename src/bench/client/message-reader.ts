import { gunzipSync } from 'node:zlib';
import { BenchError } from '../../errors/index.js';

/** Takes the bodies of messages, in pieces as they come. */
export interface MessageBodies {
  /** Bytes of the present body, from one place of a buffer to another; they, and what lies before them, may be overwritten. */
  take(bytes: Buffer, from: number, to: number): void;
  /** The present body is complete. */
  end(): void;
}

/** Takes the bytes of a stream as they come. */
export interface Receiver {
  /** The whole request is about to be written: until now, it was the client that took time. */
  sent?(): void;
  /**
   * Takes a piece, whose bytes it may overwrite, and of which it keeps nothing: the next piece comes in the same buffer.
   *
   * @param arrivedAt When it came, by `performance.now()`. Default: now.
   * @throws What ends the call.
   */
  take(piece: Buffer, arrivedAt?: number): void;
  /** The end of the stream came: from then on, it is the client that takes time. */
  ended?(arrivedAt: number): void;
  /** Whether the bytes so far end within a message. */
  readonly isPartial: boolean;
}

/** The same receiver, which does something after each piece. */
export function afterEach(receiver: Receiver, act: () => void): Receiver {
  return {
    get isPartial() {
      return receiver.isPartial;
    },
    take(piece, arrivedAt) {
      receiver.take(piece, arrivedAt);
      act();
    },
  };
}

/** A flag for compression, and the length. */
const PREFIX_BYTES = 5;

/** Finds the messages in a stream's bytes, wherever the pieces that they come in begin and end, and neither copies nor collects them. */
export function messageReader(bodies: MessageBodies): Receiver {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixBytes = 0;
  let bodyBytes = 0;
  let compressed: Buffer[] | undefined;

  const takePrefix = (piece: Buffer, from: number): number => {
    const isWhole = prefixBytes === 0 && piece.length - from >= PREFIX_BYTES;
    if (isWhole) {
      begin(piece, from);
      return from + PREFIX_BYTES;
    }
    const to = Math.min(piece.length, from + PREFIX_BYTES - prefixBytes);
    prefixBytes += piece.copy(prefix, prefixBytes, from, to);
    if (prefixBytes < PREFIX_BYTES) return to;
    prefixBytes = 0;
    begin(prefix, 0);
    return to;
  };
  const begin = (bytes: Buffer, from: number) => {
    compressed = bytes[from] === 0 ? undefined : [];
    bodyBytes = bytes.readUInt32BE(from + 1);
    if (bodyBytes === 0) end();
  };
  const takeBody = (piece: Buffer, from: number): number => {
    const to = Math.min(piece.length, from + bodyBytes);
    bodyBytes -= to - from;
    if (compressed) compressed.push(Buffer.from(piece.subarray(from, to)));
    else bodies.take(piece, from, to);
    if (bodyBytes === 0) end();
    return to;
  };
  const end = () => {
    if (compressed) {
      const body = decompressed(Buffer.concat(compressed));
      bodies.take(body, 0, body.length);
    }
    bodies.end();
  };
  return {
    get isPartial() {
      return prefixBytes > 0 || bodyBytes > 0;
    },
    take(piece) {
      let at = 0;
      while (at < piece.length) at = bodyBytes === 0 ? takePrefix(piece, at) : takeBody(piece, at);
    },
  };
}

/** Gzip is all that the client says it takes. */
function decompressed(body: Buffer): Buffer {
  try {
    return gunzipSync(body);
  } catch (cause) {
    throw new BenchError('bench.not_gzip', 'the server compressed a message in a way that it was not asked for', {
      cause,
    });
  }
}
