import { readFileSync, writeFileSync } from 'node:fs';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { z } from 'zod';

/** The CPU time and memory of a process since its meters were reset. */
export interface ProcessCost {
  readonly cpuMicros: number;
  readonly eventLoopP99Ms: number;
  readonly gcMs: number;
  readonly peakRssBytes: number;
}

/** Meters of this process's own work. */
interface ProcessMeters {
  reset(): void;
  read(): ProcessCost;
}

/** How often the event loop's delay is sampled: often enough for a stream of a quarter second, at no measurable cost. */
const RESOLUTION_MS = 5;

export function processMeters(): ProcessMeters {
  const memory = kernelPeak() ?? sampledPeak();
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let gcMs = 0;
  let cpuBefore = process.cpuUsage();
  /** Collections are reported one turn late, also the one that the reset itself started. */
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!isForced(entry)) gcMs += entry.duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    reset() {
      memory.reset();
      delays.reset();
      gcMs = 0;
      cpuBefore = process.cpuUsage();
    },
    read() {
      const { user, system } = process.cpuUsage(cpuBefore);
      const eventLoopP99Ms = lateness(delays.percentile(99));
      return { cpuMicros: user + system, eventLoopP99Ms, gcMs, peakRssBytes: memory.readBytes() };
    },
  };
}

/** The histogram holds the time between two samples, the resolution included. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}

const collection = z.object({ detail: z.object({ flags: z.number() }) });

function isForced(entry: object): boolean {
  return (collection.parse(entry).detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0;
}

/** The most memory this process held since the meter was set to zero. */
interface PeakMemory {
  reset(): void;
  readBytes(): number;
}

/** Linux keeps the peak itself and misses nothing. Writing 5 to `clear_refs` sets it (VmHWM) back to the present size. */
function kernelPeak(): PeakMemory | undefined {
  const meter: PeakMemory = {
    reset: () => writeFileSync('/proc/self/clear_refs', '5'),
    readBytes: () => {
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
      return kilobytes === undefined ? process.memoryUsage.rss() : Number(kilobytes) * 1024;
    },
  };
  try {
    meter.reset();
    return meter;
  } catch {
    return undefined;
  }
}

/** Short compared with the lifetime of a chunk, long compared with the cost of a sample. */
const SAMPLE_EVERY_MS = 20;

/** Where the system does not keep the peak, memory is sampled. */
function sampledPeak(): PeakMemory {
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  setInterval(sample, SAMPLE_EVERY_MS).unref();
  return {
    reset: () => {
      peak = 0;
    },
    readBytes: () => {
      sample();
      return peak;
    },
  };
}
