import { readFileSync } from 'node:fs';

/** What the thread of this process's event loop did since its meter was started. */
export interface LoopUse {
  /** Time in which it had work: near the wall time, the process can do no more. */
  readonly busyMs: number;
  /** Time in which it had work and no core to do it on; null where the system does not say. */
  readonly waitedMs: number | null;
}

/** Starts to watch this process's event loop. */
export function startLoopMeter(): () => LoopUse {
  const before = performance.eventLoopUtilization();
  const waitedBefore = waitedMs();
  return () => {
    const waited = waitedMs();
    return {
      busyMs: performance.eventLoopUtilization(before).active,
      waitedMs: waited === null || waitedBefore === null ? null : waited - waitedBefore,
    };
  };
}

/** Linux counts, for every thread, the nanoseconds in which it could have run and another had its core. */
function waitedMs(): number | null {
  try {
    const [, nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return null;
  }
}
