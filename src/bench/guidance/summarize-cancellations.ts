import type { BenchCancellation, BenchSetting, CancellationSample } from '../../results/index.js';
import { median } from '../statistics/statistics.js';

/** What a leaving client costs at one setting: the worst count of rows, the usual times. */
export function summarizeCancellations(
  { chunk, checkInterval, load }: BenchSetting,
  samples: readonly CancellationSample[],
): BenchCancellation {
  const lastQuery = samples.map((sample) => sample.lastQueryMs);
  const ended = samples.map((sample) => sample.endedMs);
  return {
    chunk,
    checkInterval,
    load,
    worst: samples.reduce((worst, sample) => (rowsWasted(sample) > rowsWasted(worst) ? sample : worst)),
    withinBound: samples.every((sample) => sample.withinBound),
    lastQueryMs: median(lastQuery),
    lastQueryMaxMs: Math.max(...lastQuery),
    endedMs: median(ended),
    endedMaxMs: Math.max(...ended),
    samples,
  };
}

function rowsWasted({ rowsRead, receivedRows }: CancellationSample): number {
  return rowsRead - receivedRows;
}
