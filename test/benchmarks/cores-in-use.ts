import { availableParallelism, cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 2000;

/** How many cores the whole machine keeps busy while this process waits: what others do, when nothing of ours has work. */
export async function coresInUse(): Promise<number> {
  const before = ticks();
  await delay(LOOK_MS);
  const after = ticks();
  return availableParallelism() * (1 - (after.idle - before.idle) / (after.all - before.all));
}

function ticks(): { readonly idle: number; readonly all: number } {
  const times = cpus().flatMap(({ times }) => times);
  const idle = times.reduce((sum, { idle }) => sum + idle, 0);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { idle, all };
}
