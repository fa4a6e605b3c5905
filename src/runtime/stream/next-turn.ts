/** Streams that wait for a turn, oldest first. */
const waiting = new Set<() => void>();
let turning = false;

/**
 * Yields to the event loop, in which cancellations and other clients' requests arrive: promises alone do not let it turn.
 *
 * In each turn of the loop one stream continues, the oldest first: fifty fast streams delay a health check by the work of one interval, not
 * of fifty.
 *
 * @param signal Ends the wait: a stopped stream must not wait for streams that still have work. Check it afterwards.
 */
export function nextTurn(signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const take = () => {
      waiting.delete(take);
      signal?.removeEventListener('abort', take);
      resolve();
    };
    signal?.addEventListener('abort', take, { once: true });
    waiting.add(take);
    if (!turning) setImmediate(giveTurn);
    turning = true;
  });
}

function giveTurn(): void {
  const [next] = waiting;
  next?.();
  turning = waiting.size > 0;
  if (turning) setImmediate(giveTurn);
}
