import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { giveBlock } from '../encode/byte-writer.js';
import { FRAME_HEADER_BYTES, framesIn } from '../encode/frame-messages.js';
import { http2StreamOf, requestEncodingOf } from '../internals/grpc-js.js';
import type { MessageTransport } from './transports.js';

/** The one way of compressing that every gRPC library has. */
const GZIP = 'gzip';

/** Whether a client wants compressed messages: one that compresses its request does. Headers that were sent can no longer say so. */
export function wantsCompression(call: object): boolean {
  return requestEncodingOf(call) === GZIP && http2StreamOf(call)?.headersSent === false;
}

/**
 * Compresses the messages of a call, each by itself as gRPC requires, in Node's thread pool: the server's own thread goes on with other
 * streams meanwhile. Small messages stay as they are.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/compression.md
 */
export function compressed(
  call: Pick<ServerWritableStream<unknown, unknown>, 'sendMetadata'>,
  transport: MessageTransport,
): MessageTransport {
  const headers = new Metadata();
  headers.set('grpc-encoding', GZIP);
  call.sendMetadata(headers);
  let sent = Promise.resolve();
  return {
    canReset: transport.canReset,
    reset: (code) => transport.reset(code),
    write(block, taken) {
      const smaller = compressBlock(block);
      sent = sent.then(async () => {
        transport.write(await smaller, taken);
        giveBlock(block);
      });
    },
  };
}

/** Below this many bytes, a message hardly becomes smaller than the effort is worth, to the server and to the client. */
const LEAST_BYTES = 1024;

/** Rows repeat their names, words and prefixes: the fastest level finds nearly all of that. */
const compress = promisify(gzip);
const OPTIONS = { level: 1 };

/** Never rejects. */
async function compressBlock(block: Buffer): Promise<Buffer> {
  return Buffer.concat(await Promise.all([...framesIn(block)].map(compressFrame)));
}

async function compressFrame(frame: Buffer): Promise<Buffer> {
  const message = frame.subarray(FRAME_HEADER_BYTES);
  if (message.length < LEAST_BYTES) return frame;
  // Without the memory to compress, a message is sent as it is.
  const smaller = await compress(message, OPTIONS).catch(() => message);
  if (smaller.length >= message.length) return frame;
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header[0] = 1;
  header.writeUInt32BE(smaller.length, 1);
  return Buffer.concat([header, smaller]);
}
