/** A walk reads every key of a table: a thousand side by side would take no less time than one after the other, but all of the memory. */
const AT_A_TIME = 4;

let walking = 0;
/** In the order in which they came. */
const waiting = new Set<() => void>();

/**
 * Waits until a walk through a table may begin: few of this process do so at a time.
 *
 * @returns Called when the walk has ended.
 * @throws The signal's reason when it was first.
 */
export async function startWalk(signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted();
  if (walking < AT_A_TIME) walking++;
  else await placeFrom(signal);
  return endWalk;
}

function placeFrom(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const take = () => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = () => {
      waiting.delete(take);
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    waiting.add(take);
  });
}

/** Whoever has waited longest takes the place over. */
function endWalk(): void {
  const [next] = waiting;
  if (!next) return void walking--;
  waiting.delete(next);
  next();
}
