import { errorFunction, median as medianOf, quantileSorted } from 'simple-statistics';
import { InternalError } from '../../errors/index.js';
import type { Interval } from '../../results/index.js';
import { createRandom } from './random.js';

/** The middle of the samples: one slow iteration does not move it. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new InternalError('no samples to take a median of');
  return medianOf([...samples]);
}

/** The median of what was seen; null when one sample or more was not, for the rest would not be the same thing. */
export function medianOfKnown(samples: readonly (number | null)[]): number | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length === 0 || known.length < samples.length ? null : median(known);
}

/** The value below which a share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  return quantileSorted(
    [...samples].sort((a, b) => a - b),
    share,
  );
}

/** Enough that the ends of an interval move by less than they are printed with. */
const RESAMPLES = 2000;

/** The seed is fixed, so that one file of samples always gives one interval. */
const RESAMPLING_SEED = 1;

/**
 * Where the true median lies, 95 times in 100: the samples are drawn anew, with replacement, and the spread
 * of the medians of those draws is taken. Assumes nothing of the noise's shape.
 */
export function bootstrapInterval(samples: readonly number[]): Interval {
  const random = createRandom(RESAMPLING_SEED);
  const draw = () => samples[Math.floor(random() * samples.length)] ?? 0;
  const medians = Array.from({ length: RESAMPLES }, () => median(samples.map(draw))).sort((a, b) => a - b);
  return [quantileSorted(medians, 0.025), quantileSorted(medians, 0.975)];
}

/** Past this many pairs the exact distribution is slow to count and a normal one fits it to three digits. */
const EXACT_PAIRS = 60;

/**
 * The chance of differences at least this far below zero if they were as often above as below it:
 * the Wilcoxon signed-rank test, one-sided, exact for small samples.
 */
export function signedRankTest(differences: readonly number[]): number {
  const ranks = doubledRanks(differences.filter((difference) => difference !== 0));
  const above = ranks.filter(({ positive }) => positive).reduce((sum, { rank }) => sum + rank, 0);
  return ranks.length <= EXACT_PAIRS ? exactTail(ranks, above) : normalTail(ranks, above);
}

interface SignedRank {
  /** Twice the rank, so that the middle rank of equal differences stays whole. */
  readonly rank: number;
  readonly positive: boolean;
}

function doubledRanks(differences: readonly number[]): SignedRank[] {
  const sizes = differences.map(Math.abs);
  return differences.map((difference, index) => {
    const size = sizes[index] ?? 0;
    const smaller = sizes.filter((other) => other < size).length;
    const equal = sizes.filter((other) => other === size).length;
    return { rank: 2 * smaller + equal + 1, positive: difference > 0 };
  });
}

/** Counts, of all ways to give the ranks signs, those whose positive sum is at most the one seen. */
function exactTail(ranks: readonly SignedRank[], seen: number): number {
  const total = ranks.reduce((sum, { rank }) => sum + rank, 0);
  let chances = new Float64Array(total + 1);
  chances[0] = 1;
  for (const { rank } of ranks) {
    chances = chances.map((chance, sum) => (chance + (chances[sum - rank] ?? 0)) / 2);
  }
  return Math.min(
    1,
    chances.subarray(0, seen + 1).reduce((sum, chance) => sum + chance, 0),
  );
}

function normalTail(ranks: readonly SignedRank[], seen: number): number {
  const mean = ranks.reduce((sum, { rank }) => sum + rank, 0) / 2;
  const deviation = Math.sqrt(ranks.reduce((sum, { rank }) => sum + rank ** 2, 0)) / 2;
  return standardNormal((seen + 1 - mean) / deviation);
}

/** The share of a normal distribution that lies below `z`. */
function standardNormal(z: number): number {
  return (1 + errorFunction(z / Math.SQRT2)) / 2;
}
