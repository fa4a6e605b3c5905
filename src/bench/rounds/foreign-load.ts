import { availableParallelism, cpus } from 'node:os';
import type { Executor } from './executor.js';

/** The system counts busy time in ticks: over less than this they say more of themselves than of the cores. */
const LEAST_MS = 1000;

/**
 * Begins to watch what others use of the machine's cores.
 *
 * @returns Asks how many cores they kept busy since then, on average; null where the system counts cores that are not ours,
 *   or processes of ours that cannot be asked, or when too little time has passed.
 */
export async function watchForeignLoad({
  cpuMicros,
}: Pick<Executor, 'cpuMicros'>): Promise<() => Promise<number | null>> {
  const begin = await look(cpuMicros);
  return async () => {
    const end = await look(cpuMicros);
    if (begin === null || end === null || end.at - begin.at < LEAST_MS) return null;
    const foreignMs = end.busyMs - begin.busyMs - (end.ownMs - begin.ownMs);
    return Math.max(0, foreignMs / (end.at - begin.at));
  };
}

async function look(cpuMicros: Executor['cpuMicros']) {
  const cores = cpus();
  const ofChildren = await cpuMicros();
  if (ofChildren === null || cores.length !== availableParallelism()) return null;
  const { user, system } = process.cpuUsage();
  const busyMs = cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { at: performance.now(), busyMs, ownMs: (user + system + ofChildren) / 1000 };
}
