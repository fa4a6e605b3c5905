import type { BenchCell, BenchFigures, BenchSample, BenchSetting, TimeSplit } from '../../results/index.js';
import { latencyFigures } from '../statistics/latency-figures.js';
import { bootstrapInterval, median, medianOfKnown } from '../statistics/statistics.js';

const MEGABYTE = 1e6;

/** One setting's samples, pooled into medians with their intervals. Its memory is that of a fresh server's sample. */
export function summarizeCell(
  setting: BenchSetting,
  samples: readonly BenchSample[],
  serverPeakRssMb: number | null,
): BenchCell {
  const figures = medianFigures(samples);
  const rows = median(samples.map((sample) => sample.rows));
  const bytes = median(samples.map((sample) => sample.bytes));
  return {
    ...setting,
    ...figures,
    rows,
    bytes,
    rowsPerSecondCi: bootstrapInterval(samples.map((sample) => sample.rowsPerSecond)),
    megabytesPerSecond: (figures.rowsPerSecond * bytes) / rows / MEGABYTE,
    firstRowMsCi: bootstrapInterval(samples.map((sample) => sample.firstRowMs)),
    serverPeakRssMb,
    samples,
  };
}

function medianFigures(samples: readonly BenchSample[]): BenchFigures {
  const of = (pick: (sample: BenchSample) => number) => median(samples.map(pick));
  const ofKnown = (pick: (sample: BenchSample) => number | null) => medianOfKnown(samples.map(pick));
  return {
    rowsPerSecond: of((sample) => sample.rowsPerSecond),
    firstRowMs: of((sample) => sample.firstRowMs),
    gapP50Ms: ofKnown((sample) => sample.gapP50Ms),
    gapP99Ms: ofKnown((sample) => sample.gapP99Ms),
    clientCpuMicrosPerRow: of((sample) => sample.clientCpuMicrosPerRow),
    clientBusy: of((sample) => sample.clientBusy),
    serverCpuMicrosPerRow: ofKnown((sample) => sample.serverCpuMicrosPerRow),
    times: medianTimes(samples.map((sample) => sample.times)),
    eventLoopP99Ms: ofKnown((sample) => sample.eventLoopP99Ms),
    gcMs: ofKnown((sample) => sample.gcMs),
    peakQueuedBytes: ofKnown((sample) => sample.peakQueuedBytes),
    readAheadRows: ofKnown((sample) => sample.readAheadRows),
    fairness: ofKnown((sample) => sample.fairness),
    /** Of all reads together: medians of the rounds' tails would hide the one round that had a tail. */
    latency: latencyFigures(samples.flatMap(({ readsMs = [] }) => readsMs)),
  };
}

function medianTimes(samples: readonly (TimeSplit | null)[]): TimeSplit | null {
  const known = samples.filter((times) => times !== null);
  if (known.length < samples.length) return null;
  return {
    databaseMs: median(known.map((times) => times.databaseMs)),
    encodeMs: median(known.map((times) => times.encodeMs)),
    writeMs: median(known.map((times) => times.writeMs)),
    drainMs: median(known.map((times) => times.drainMs)),
    otherMs: median(known.map((times) => times.otherMs)),
  };
}
