import { constants } from 'node:http2';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { giveBlock } from '../encode/byte-writer.js';
import { FRAME_HEADER_BYTES } from '../encode/frame-messages.js';
import { http2StreamOf } from '../internals/grpc-js.js';

/** What carries blocks of framed messages to a client. */
export interface MessageTransport {
  /** Hands over one block, for good; `taken` is called when the client's side has room for it. */
  write(block: Buffer, taken: () => void): void;
  /** Whether `reset` works. */
  readonly canReset: boolean;
  /** Ends the stream at once, dropping what is queued; false when it cannot. */
  reset(code: 'cancel' | 'enhance-your-calm'): boolean;
}

const RESET_CODES = {
  cancel: constants.NGHTTP2_CANCEL,
  'enhance-your-calm': constants.NGHTTP2_ENHANCE_YOUR_CALM,
} as const;

/**
 * Writes blocks of framed messages to the call's HTTP/2 stream itself. grpc-js writes one message, waits for its callback, and
 * writes the next; a block of 64 KiB carries hundreds at the cost of one.
 *
 * Where the stream is not to be had there is `callTransport`, slower and on public ground.
 */
export function http2Transport(call: ServerWritableStream<unknown, unknown>): MessageTransport | undefined {
  const stream = http2StreamOf(call);
  if (!stream) return undefined;
  // A reset arrives as an error of the stream; the call's own 'cancelled' is what ends the work.
  stream.on('error', () => {});
  return {
    canReset: true,
    write(block, taken) {
      if (stream.destroyed || stream.writableEnded) return;
      // Does nothing when the headers have been sent.
      call.sendMetadata(new Metadata());
      stream.write(block, (error) => {
        if (error) return;
        // Node calls back when the socket has the bytes: nobody reads them here any more.
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

/** Sends blocks message by message through grpc-js's public interface, for calls whose HTTP/2 stream is out of reach. */
export function callTransport(
  call: Pick<ServerWritableStream<unknown, unknown>, 'write' | 'destroyed' | 'writableEnded'>,
): MessageTransport {
  return {
    write(block, taken) {
      // What is still queued when the status was given is dropped: writing it would replace that status by an error.
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

/** Takes the frames off again; grpc-js puts its own on. */
function messagesIn(block: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < block.length; ) {
    const start = at + FRAME_HEADER_BYTES;
    at = start + block.readUInt32BE(at + 1);
    messages.push(block.subarray(start, at));
  }
  return messages;
}
