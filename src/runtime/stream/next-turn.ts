const waiting: (() => void)[] = [];

/**
 * Yields to the event loop, which is where cancellations and other clients' requests arrive: promises alone never let it turn.
 *
 * Streams take turns, one a turn of the loop, in the order in which they came: fifty fast streams delay a health check by the
 * work of one interval, not of fifty.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}
