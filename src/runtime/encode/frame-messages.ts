import { StreamError } from '../../errors/index.js';
import { WireType, wireNumbers } from '../../model/index.js';
import { BLOCK_BYTES, ByteWriter } from './byte-writer.js';
import type { Chunk } from './chunk.js';
import type { OnUnreadable } from './row-encoder.js';

/** gRPC puts five bytes before every message: a flag for compression, and the length. */
export const FRAME_HEADER_BYTES = 5;

/** Before every row of a batch message. */
const BATCH_ROW_TAG = (wireNumbers.batch.rows << 3) | WireType.bytes;

/** Turns rows into blocks of framed messages. */
export interface MessageFramer {
  /** The blocks that `take` returned. */
  readonly taken: { readonly rows: number; readonly messages: number };
  /** Bytes framed so far, whether taken or not. */
  readonly bytes: number;
  /** True when a block is worth sending. */
  readonly full: boolean;
  /** Frames a row of a chunk. A row that cannot be sent throws, and leaves no byte behind. */
  add(chunk: Chunk, index: number, onUnreadable?: OnUnreadable): void;
  /** Ends the current message and returns everything framed so far; empty when there is nothing. */
  take(): Buffer;
}

/** One row a message. */
export function frameRows(maxMessageBytes: number): MessageFramer {
  const writer = new ByteWriter();
  let messages = 0;
  let takenBytes = 0;
  let taken = { rows: 0, messages: 0 };
  return {
    get taken() {
      return taken;
    },
    get full() {
      return writer.position >= BLOCK_BYTES;
    },
    add(chunk, index, onUnreadable) {
      const before = writer.position;
      try {
        const start = openFrame(writer);
        chunk.encodeRow(writer, index, onUnreadable);
        closeFrame(writer, start, maxMessageBytes);
      } catch (error) {
        writer.position = before;
        throw error;
      }
      messages++;
    },
    get bytes() {
      return takenBytes + writer.position;
    },
    take() {
      takenBytes += writer.position;
      taken = { rows: messages, messages };
      return writer.take();
    },
  };
}

/**
 * Many rows in a message, each as a value of the repeated field 1: at most `batchRows` rows, and never more bytes than a message may have.
 */
export function frameBatches(maxMessageBytes: number, batchRows: number): MessageFramer {
  const writer = new ByteWriter();
  let messages = 0;
  let takenBytes = 0;
  let taken = { rows: 0, messages: 0 };
  let endedRows = 0;
  let start = -1;
  let rows = 0;
  let lengthBytes = 1;

  const end = () => {
    if (start < 0) return;
    closeFrame(writer, start, maxMessageBytes);
    messages++;
    endedRows += rows;
    start = -1;
    rows = 0;
  };
  const put = (chunk: Chunk, index: number, onUnreadable?: OnUnreadable) => {
    const before = writer.position;
    const isFirst = start < 0;
    try {
      if (isFirst) start = openFrame(writer);
      writer.byte(BATCH_ROW_TAG);
      const at = writer.open(lengthBytes);
      chunk.encodeRow(writer, index, onUnreadable);
      // Rows of one table are alike: this length predicts the size of the next.
      lengthBytes = writer.close(at, lengthBytes);
      if (isFirst) assertFits(writer.position - start, maxMessageBytes);
    } catch (error) {
      writer.position = before;
      if (isFirst) start = -1;
      throw error;
    }
    rows++;
  };

  return {
    get taken() {
      return taken;
    },
    get full() {
      return start < 0 && writer.position >= BLOCK_BYTES;
    },
    add(chunk, index, onUnreadable) {
      const before = writer.position;
      put(chunk, index, onUnreadable);
      if (rows > 1 && writer.position - start > maxMessageBytes) {
        // One row too many: end the message before it, and begin the next with it.
        writer.position = before;
        rows--;
        end();
        put(chunk, index, onUnreadable);
      }
      if (rows >= batchRows) end();
    },
    get bytes() {
      return takenBytes + writer.position;
    },
    take() {
      end();
      takenBytes += writer.position;
      taken = { rows: endedRows, messages };
      return writer.take();
    },
  };
}

/** The framed messages of a block, each with its frame. */
export function* framesIn(block: Buffer): Generator<Buffer> {
  for (let at = 0; at < block.length; ) {
    const end = at + FRAME_HEADER_BYTES + block.readUInt32BE(at + 1);
    yield block.subarray(at, end);
    at = end;
  }
}

/** Returns where the message's bytes begin. */
function openFrame(writer: ByteWriter): number {
  writer.skip(FRAME_HEADER_BYTES);
  return writer.position;
}

function closeFrame(writer: ByteWriter, start: number, maxMessageBytes: number): void {
  const bytes = writer.position - start;
  assertFits(bytes, maxMessageBytes);
  writer.putByte(start - FRAME_HEADER_BYTES, 0);
  writer.putUint32BE(start - FRAME_HEADER_BYTES + 1, bytes);
}

function assertFits(bytes: number, maxMessageBytes: number): void {
  if (bytes <= maxMessageBytes) return;
  throw new StreamError(
    'stream.message_too_large',
    `a row needs ${bytes} bytes, more than the ${maxMessageBytes} that a message may have`,
    {
      status: 'RESOURCE_EXHAUSTED',
      phase: 'encode',
      nextActions: ['raise streaming.maxMessageBytes, and grpc.max_receive_message_length at the client'],
    },
  );
}
