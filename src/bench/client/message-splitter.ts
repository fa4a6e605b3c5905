import { gunzipSync } from 'node:zlib';
import { BenchError } from '../../errors/index.js';

/** A flag for compression, and the length. */
const PREFIX_BYTES = 5;

/** Cuts a stream's bytes into its messages, wherever the pieces they come in begin and end. */
export interface MessageSplitter {
  /** The messages that are complete with this piece; they share its memory, except for one that began in an earlier piece. */
  push(piece: Buffer): readonly Buffer[];
  /** Whether the bytes so far end within a message. */
  readonly isPartial: boolean;
}

export function messageSplitter(): MessageSplitter {
  /** Pieces of a message that is not complete, and how many bytes they need to hold before it can be read on. */
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = PREFIX_BYTES;
  return {
    get isPartial() {
      return waitingBytes > 0;
    },
    push(piece) {
      if (waitingBytes + piece.length < neededBytes) {
        waiting.push(piece);
        waitingBytes += piece.length;
        return [];
      }
      const bytes = waitingBytes === 0 ? piece : Buffer.concat([...waiting, piece]);
      const messages: Buffer[] = [];
      const end = cut(bytes, messages);
      const rest = bytes.subarray(end);
      waiting = rest.length === 0 ? [] : [rest];
      waitingBytes = rest.length;
      neededBytes = rest.length < PREFIX_BYTES ? PREFIX_BYTES : PREFIX_BYTES + rest.readUInt32BE(1);
      return messages;
    },
  };
}

/** Collects the complete messages. @returns Where the first incomplete one begins. */
function cut(bytes: Buffer, messages: Buffer[]): number {
  let at = 0;
  while (at + PREFIX_BYTES <= bytes.length) {
    const end = at + PREFIX_BYTES + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    const message = bytes.subarray(at + PREFIX_BYTES, end);
    messages.push(bytes[at] === 0 ? message : decompressed(message));
    at = end;
  }
  return at;
}

/** Gzip is all that the client says it takes. */
function decompressed(message: Buffer): Buffer {
  try {
    return gunzipSync(message);
  } catch (cause) {
    throw new BenchError('bench.not_gzip', 'the server compressed a message in a way that it was not asked for', {
      cause,
    });
  }
}
