import { constants } from 'node:http2';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { giveBlock } from '../encode/block-pool.js';
import { http2StreamOf } from '../internals/grpc-js.js';
import type { MessageTransport } from './transports.js';

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
