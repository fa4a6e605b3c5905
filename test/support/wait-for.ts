import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** Waits for a condition. The timeout is generous, so that a slow machine is no failure. */
export async function waitFor(what: string, condition: () => boolean, timeoutMs = 30_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await delay(5);
  }
}

/** Timers that keep the process alive, such as those that a stream has not cleared. */
export function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** More turns of the event loop than anything takes that waits for no timer. */
const TURNS = 50;

/** Lets everything run that is ready to run: what has not happened afterwards waits for a timer or for the network. */
export async function idleTurns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await nextTurn();
}

/** Waits until a count that has begun to grow does not grow any more. */
export async function atRest(count: () => number): Promise<number> {
  let before = -1;
  for (;;) {
    const now = count();
    if (now > 0 && now === before) return now;
    before = now;
    await delay(250);
  }
}
