import { createHistogram } from 'node:perf_hooks';
import { median as medianOf } from 'simple-statistics';
import { InternalError } from '../../errors/index.js';
import type { LatencyFigures } from '../../results/index.js';

/** The middle of the samples: one slow iteration does not move it. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new InternalError('no samples to take a median of');
  return medianOf([...samples]);
}

/** The median; null when a sample could not be seen, since the median of the others would mean something else. */
export function medianOfKnown(samples: readonly (number | null)[]): number | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length === 0 || known.length < samples.length ? null : median(known);
}

/** Nanoseconds in an hour: no read takes longer. */
const LONGEST_NS = 3.6e12;

/** Fewer reads have no hundredth part, or no thousandth. */
const FEWEST_FOR_P99 = 100;
const FEWEST_FOR_P999 = 1000;

/**
 * How long reads took: the median, the tail and the longest, from an HDR histogram of three digits; null where there were none.
 * Percentiles that the number of reads cannot show are null.
 */
export function latencyFigures(times: readonly number[]): LatencyFigures | null {
  if (times.length === 0) return null;
  const histogram = createHistogram({ lowest: 1, highest: LONGEST_NS, figures: 3 });
  for (const time of times) histogram.record(Math.max(1, Math.round(time * 1e6)));
  const percentile = (share: number) => histogram.percentile(share) / 1e6;
  return {
    reads: times.length,
    p50Ms: percentile(50),
    p90Ms: percentile(90),
    p99Ms: times.length < FEWEST_FOR_P99 ? null : percentile(99),
    p999Ms: times.length < FEWEST_FOR_P999 ? null : percentile(99.9),
    maxMs: Math.max(...times),
  };
}
