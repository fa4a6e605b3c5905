import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { startLoopMeter } from '../loop-meter.js';

/** The CPU time and memory of a process since its meters were last set to zero. */
export interface ProcessCost {
  readonly cpuMicros: number;
  readonly eventLoopP99Ms: number;
  readonly loopBusyMs: number;
  readonly loopWaitedMs: number | null;
  readonly gcMs: number;
  /** Held as the meters were set to zero. */
  readonly startRssBytes: number;
  readonly peakRssBytes: number;
}

/** Meters of this process's own work. */
interface ProcessMeters {
  reset(): void;
  read(): ProcessCost;
}

/** How often the event loop's delay is sampled: often enough for a stream of a quarter second, and at no cost that shows. */
const RESOLUTION_MS = 5;

export function processMeters(): ProcessMeters {
  const memory = kernelPeak() ?? sampledPeak();
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let gcMs = 0;
  let cpuBefore = process.cpuUsage();
  let loop = startLoopMeter();
  let startRssBytes = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    reset() {
      memory.reset();
      delays.reset();
      gcMs = 0;
      startRssBytes = process.memoryUsage.rss();
      loop = startLoopMeter();
      cpuBefore = process.cpuUsage();
    },
    read() {
      const { user, system } = process.cpuUsage(cpuBefore);
      const { busyMs, waitedMs } = loop();
      const eventLoopP99Ms = lateness(delays.percentile(99));
      return {
        cpuMicros: user + system,
        eventLoopP99Ms,
        loopBusyMs: busyMs,
        loopWaitedMs: waitedMs,
        gcMs,
        startRssBytes,
        peakRssBytes: memory.readBytes(),
      };
    },
  };
}

/** The histogram holds the time between two samples, the resolution included. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
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

/** Short compared with the life of a chunk, long compared with the cost of a sample. */
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
