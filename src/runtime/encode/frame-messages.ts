import { StreamError } from '../../errors/index.js';
import { WireType, wireNumbers } from '../../model/index.js';
import { BLOCK_BYTES, ByteWriter } from './byte-writer.js';
import type { RowEncoder } from './row-encoder.js';

/** gRPC puts five bytes before every message: a flag for compression, and the length. */
export const FRAME_HEADER_BYTES = 5;

/** Before every row of a batch message. */
const BATCH_ROW_TAG = (wireNumbers.batch.rows << 3) | WireType.bytes;

/** Turns rows into blocks of framed messages. */
export interface MessageFramer<R> {
  /** What was handed over by `take`. */
  readonly taken: { readonly rows: number; readonly messages: number };
  /** Bytes framed so far, whether taken or not. */
  readonly bytes: number;
  /** True when a block is worth sending. */
  readonly full: boolean;
  add(row: R): void;
  /** Ends the message under way and hands over everything framed so far; empty when there is nothing. */
  take(): Buffer;
}

/** One row a message. */
export function frameRows<R>(encode: RowEncoder<R>, maxMessageBytes: number): MessageFramer<R> {
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
    add(row) {
      const start = openFrame(writer);
      encode(writer, row);
      closeFrame(writer, start, maxMessageBytes);
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

/** Many rows a message, each as a value of the repeated field 1: at most so many rows, and never more bytes than a message may have. */
export function frameBatches<R>(encode: RowEncoder<R>, maxMessageBytes: number, batchRows: number): MessageFramer<R> {
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
  const put = (row: R) => {
    if (start < 0) start = openFrame(writer);
    writer.byte(BATCH_ROW_TAG);
    const at = writer.open(lengthBytes);
    encode(writer, row);
    // Rows of one table are much alike: guess the next length's size by this one.
    lengthBytes = writer.close(at, lengthBytes);
    rows++;
  };

  return {
    get taken() {
      return taken;
    },
    get full() {
      return start < 0 && writer.position >= BLOCK_BYTES;
    },
    add(row) {
      const before = writer.position;
      put(row);
      if (rows > 1 && writer.position - start > maxMessageBytes) {
        // One row too many: end the message before it, and begin the next with it.
        writer.position = before;
        rows--;
        end();
        put(row);
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

/** Returns where the message's bytes begin. */
function openFrame(writer: ByteWriter): number {
  writer.skip(FRAME_HEADER_BYTES);
  return writer.position;
}

function closeFrame(writer: ByteWriter, start: number, maxMessageBytes: number): void {
  const bytes = writer.position - start;
  if (bytes > maxMessageBytes) throw tooLarge(bytes, maxMessageBytes);
  writer.putByte(start - FRAME_HEADER_BYTES, 0);
  writer.putUint32BE(start - FRAME_HEADER_BYTES + 1, bytes);
}

function tooLarge(bytes: number, maxMessageBytes: number): StreamError {
  return new StreamError(
    'stream.message_too_large',
    `a row needs ${bytes} bytes, more than the ${maxMessageBytes} that a message may have`,
    {
      status: 'RESOURCE_EXHAUSTED',
      phase: 'encode',
      nextActions: ['raise streaming.maxMessageBytes, and grpc.max_receive_message_length at the client'],
    },
  );
}
