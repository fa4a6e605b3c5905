import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { z } from 'zod';

/** What a process cost since its meters were last set to zero. */
export interface ProcessCost {
  readonly cpuMicros: number;
  readonly eventLoopP99Ms: number;
  readonly gcMs: number;
}

/** Meters of this process's own work. */
export interface ProcessMeters {
  reset(): void;
  read(): ProcessCost;
}

/** How often the loop is looked at: fine enough for a stream of a quarter second, at no cost that shows. */
const RESOLUTION_MS = 5;

export function processMeters(): ProcessMeters {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let gcMs = 0;
  let cpuBefore = process.cpuUsage();
  /** The runtime tells of collections a turn late, and of the one that we asked for ourselves too. */
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!isForced(entry)) gcMs += entry.duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    reset() {
      delays.reset();
      gcMs = 0;
      cpuBefore = process.cpuUsage();
    },
    read() {
      const { user, system } = process.cpuUsage(cpuBefore);
      return { cpuMicros: user + system, eventLoopP99Ms: lateness(delays.percentile(99)), gcMs };
    },
  };
}

/** The histogram holds the time between two looks, the resolution included. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}

const collection = z.object({ detail: z.object({ flags: z.number() }) });

function isForced(entry: object): boolean {
  return (collection.parse(entry).detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0;
}
