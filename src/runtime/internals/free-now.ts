import { MessageChannel } from 'node:worker_threads';

const { port1: closed, port2 } = new MessageChannel();
port2.close();

/**
 * Frees the memory of bytes that nothing reads any more, by sending it to a port that nobody listens to. Left to V8, memory outside of its
 * heap counts as if it were needed, until it is collected: in a server that had rested, reads of 160 MB a second made V8 mark its whole heap
 * twenty times a second, for a third of the CPU time that the server used.
 *
 * Does nothing for bytes that share their memory with others.
 */
export function freeNow({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) closed.postMessage(null, [buffer]);
}
