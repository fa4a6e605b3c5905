import type { ServerWritableStream } from '@grpc/grpc-js';
import { FRAME_HEADER_BYTES } from '../encode/frame-messages.js';
import type { MessageTransport } from './transports.js';

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
