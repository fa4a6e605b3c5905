import { readFileSync, writeFileSync } from 'node:fs';

/** The most memory this process held since the meter was set to zero. */
export interface PeakMemory {
  reset(): void;
  readBytes(): number;
}

/** On Linux the kernel keeps the peak, and nothing is missed; elsewhere memory is looked at now and then. */
export function peakMemory(): PeakMemory {
  return kernelMeter() ?? samplingMeter();
}

/** Writing 5 to `clear_refs` sets the peak (VmHWM) back to the present size. */
function kernelMeter(): PeakMemory | undefined {
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

/** Short against the life of a chunk, long against the cost of looking. */
const LOOK_EVERY_MS = 20;

function samplingMeter(): PeakMemory {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  setInterval(look, LOOK_EVERY_MS).unref();
  return {
    reset: () => {
      peak = 0;
    },
    readBytes: () => {
      look();
      return peak;
    },
  };
}
