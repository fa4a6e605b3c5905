import { median as medianOf, quantileSorted } from 'simple-statistics';
import { InternalError } from '../../errors/index.js';
import type { Interval, LatencyFigures } from '../../results/index.js';
import { seededRandom } from './seeded-random.js';

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

/** How long reads took: the median, the tail and the longest; null where there were none. */
export function latencyFigures(times: readonly number[]): LatencyFigures | null {
  if (times.length === 0) return null;
  const ordered = [...times].sort((a, b) => a - b);
  return {
    p50Ms: quantileSorted(ordered, 0.5),
    p90Ms: quantileSorted(ordered, 0.9),
    p99Ms: quantileSorted(ordered, 0.99),
    maxMs: Math.max(...times),
  };
}

/** Enough that the ends of an interval move by less than the digits that are printed. */
const RESAMPLES = 2000;

/** The seed is fixed, so that one file of samples always gives one interval. */
const RESAMPLING_SEED = 1;

/**
 * Where the true median lies, 95 times in 100: the samples are drawn again, with replacement, and the spread of the
 * medians of those draws is taken. Assumes nothing about the noise's shape.
 */
export function bootstrapInterval(samples: readonly number[]): Interval {
  const random = seededRandom(RESAMPLING_SEED);
  const draw = () => samples[Math.floor(random() * samples.length)] ?? 0;
  const medians = Array.from({ length: RESAMPLES }, () => median(samples.map(draw))).sort((a, b) => a - b);
  return [quantileSorted(medians, 0.025), quantileSorted(medians, 0.975)];
}
