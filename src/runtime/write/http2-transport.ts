import { constants, type ServerHttp2Stream } from 'node:http2';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { giveBlock } from '../encode/block-pool.js';
import type { MessageTransport } from './message-transport.js';

const RESET_CODES = {
  cancel: constants.NGHTTP2_CANCEL,
  'enhance-your-calm': constants.NGHTTP2_ENHANCE_YOUR_CALM,
} as const;

/**
 * Writes blocks of framed messages to the call's HTTP/2 stream itself. grpc-js writes one message, waits for its callback, and
 * writes the next; a block of 64 KiB carries hundreds at the cost of one.
 *
 * The stream is not part of grpc-js's public interface: everything that is used of it is looked for, and where it is not as
 * expected there is `callTransport`, slower and on public ground.
 */
export function http2Transport(call: ServerWritableStream<unknown, unknown>): MessageTransport | undefined {
  const stream = streamOf(call);
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

/** Interceptors wrap the call that holds the stream; each keeps the next as `nextCall`. */
const MAX_INTERCEPTORS = 100;

function streamOf(call: object): ServerHttp2Stream | undefined {
  let inner: unknown = Reflect.get(call, 'call');
  for (let depth = 0; depth < MAX_INTERCEPTORS && inner instanceof Object; depth++) {
    const stream: unknown = Reflect.get(inner, 'stream');
    if (isHttp2Stream(stream)) return stream;
    inner = Reflect.get(inner, 'nextCall');
  }
  return undefined;
}

function isHttp2Stream(value: unknown): value is ServerHttp2Stream {
  if (!(value instanceof Object)) return false;
  const methods = ['write', 'close', 'respond', 'on'].every((name) => typeof Reflect.get(value, name) === 'function');
  return methods && typeof Reflect.get(value, 'writableEnded') === 'boolean';
}
