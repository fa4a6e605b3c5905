import { setMaxListeners } from 'node:events';

/**
 * Calls back when a signal is aborted. One signal may end any number of streams and partitions: as many listeners are no leak, and Node
 * need not warn of them.
 *
 * @returns Removes the listener.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => {};
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
