import { constants } from 'node:http2';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { giveBlock } from '../encode/byte-writer.js';
import { FRAME_HEADER_BYTES, framesIn } from '../encode/frame-messages.js';
import { http2StreamOf } from '../internals/grpc-js.js';

/** Sends blocks of framed messages to a client. */
export interface MessageTransport {
  /** Sends one block; `taken` is called when the socket has it. */
  write(block: Buffer, taken: () => void): void;
  /** Whether `reset` works. */
  readonly canReset: boolean;
  /** Ends the stream at once and drops the data that is queued; false when it cannot. */
  reset(code: 'cancel' | 'enhance-your-calm'): boolean;
}

const RESET_CODES = {
  cancel: constants.NGHTTP2_CANCEL,
  'enhance-your-calm': constants.NGHTTP2_ENHANCE_YOUR_CALM,
} as const;

/**
 * Writes blocks of framed messages directly to the call's HTTP/2 stream. grpc-js writes one message, waits for its callback, and writes the
 * next; a block of 64 KiB carries hundreds of messages at the cost of one.
 *
 * Without access to the HTTP/2 stream, `callTransport` is used: it is slower, and uses only public API.
 */
export function http2Transport(call: ServerWritableStream<unknown, unknown>): MessageTransport | undefined {
  const stream = http2StreamOf(call);
  if (!stream) return undefined;
  // A reset emits an error on the stream; the call's `cancelled` event ends the work.
  stream.on('error', () => {});
  return {
    canReset: true,
    write(block, taken) {
      if (stream.destroyed || stream.writableEnded) return;
      // Does nothing when the headers have been sent.
      call.sendMetadata(new Metadata());
      stream.write(block, (error) => {
        if (error) return;
        // Node calls back when the socket has the bytes: the block is free again.
        giveBlock(block);
        taken();
      });
    },
    reset(code) {
      if (!stream.destroyed) stream.close(RESET_CODES[code]);
      return true;
    },
  };
}

/** Sends blocks message by message through grpc-js's public interface, for calls whose HTTP/2 stream is not accessible. */
export function callTransport(
  call: Pick<ServerWritableStream<unknown, unknown>, 'write' | 'destroyed' | 'writableEnded'>,
): MessageTransport {
  return {
    write(block, taken) {
      // Drops data that is still queued when the status was set: writing it would replace the status with an error.
      if (call.destroyed || call.writableEnded) return;
      const messages = messagesIn(block);
      messages.forEach((message, index) => {
        const isLast = index === messages.length - 1;
        call.write(message, (error: Error | null | undefined) => {
          if (isLast && !error) taken();
        });
      });
    },
    canReset: false,
    reset: () => false,
  };
}

/** Removes the frames; grpc-js adds its own. */
function messagesIn(block: Buffer): Buffer[] {
  return [...framesIn(block)].map((frame) => frame.subarray(FRAME_HEADER_BYTES));
}
