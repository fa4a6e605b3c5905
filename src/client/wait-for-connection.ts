import type { Client } from '@grpc/grpc-js';
import { onAbort } from '../waits/index.js';
import { RECONNECT_MS } from './channel.js';

/** As long as a channel rests at most, and what a try takes. */
const PATIENCE_MS = RECONNECT_MS.most + 1000;

/**
 * Waits until a channel has a connection, or has had the time for a try at least. A channel without one rests between tries, and a call
 * meanwhile fails at once of what it remembers: that would be no attempt to reach the server, and it would not see that it is back.
 *
 * Never rejects: the call that comes next says what is wrong. Returns early when the signal is aborted.
 */
export function waitForConnection(
  channel: Client,
  deadline: Date | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const until = Math.min(Date.now() + PATIENCE_MS, deadline?.getTime() ?? Number.POSITIVE_INFINITY);
  return new Promise((resolve) => {
    const removeListener = onAbort(signal, resolve);
    channel.waitForReady(until, () => {
      removeListener();
      resolve();
    });
  });
}
