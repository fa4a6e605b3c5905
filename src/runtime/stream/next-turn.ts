/** In the order in which they came. */
const waiting = new Set<() => void>();
let turning = false;

/**
 * Yields to the event loop, which is where cancellations and other clients' requests arrive: promises alone never let it turn.
 *
 * Streams take turns, one a turn of the loop, in the order in which they came: fifty fast streams delay a health check by the
 * work of one interval, not of fifty.
 *
 * @param signal Gives up the turn: whoever is stopped has no work left, and must not wait behind those who have. Look at it then.
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
