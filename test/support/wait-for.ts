import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition, however slow the machine; fails only when it has plainly not come. */
export async function waitFor(what: string, condition: () => boolean, patienceMs = 30_000): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`waited ${patienceMs} ms in vain: ${what}`);
    await delay(5);
  }
}

/** Timers that keep the process alive: what a stream leaves behind when it forgets to clean up. */
export function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** Waits until a count that has begun to grow grows no more. */
export async function atRest(count: () => number): Promise<number> {
  let before = -1;
  for (;;) {
    const now = count();
    if (now > 0 && now === before) return now;
    before = now;
    await delay(250);
  }
}
