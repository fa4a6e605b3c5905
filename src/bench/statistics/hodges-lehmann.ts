import { InternalError } from '../../errors/index.js';
import type { Interval } from '../../results/index.js';
import { rankSumChances } from './mann-whitney.js';
import { median } from './statistics.js';

/** By how much one sample lies above another. */
export interface Shift {
  readonly estimate: number;
  /** 95%; null when the samples are too few for any. */
  readonly interval: Interval | null;
}

/** Up to here the interval's ends are exact. */
const EXACT_SAMPLES = 60;

/** The share of a normal distribution's deviations within which 95% lie. */
const NORMAL_95 = 1.959964;

/**
 * The Hodges–Lehmann estimate of how far `second` is shifted from `first`: the median of all differences, with the 95%
 * interval that the Mann–Whitney test would not reject (Moses' method).
 *
 * @see J. L. Hodges, E. L. Lehmann: Estimates of Location Based on Rank Tests. Annals of Mathematical Statistics 34
 * (1963), 598–611.
 */
export function hodgesLehmann(first: readonly number[], second: readonly number[]): Shift {
  if (first.length === 0 || second.length === 0) throw new InternalError('no samples to compare');
  const differences = second.flatMap((one) => first.map((other) => one - other)).sort((a, b) => a - b);
  return shiftOf(differences, differencesCutOff(first.length, second.length));
}

/** The same for pairs: the median of all means of two differences, with the interval of the signed-rank test. */
export function hodgesLehmannOfPairs(differences: readonly number[]): Shift {
  if (differences.length === 0) throw new InternalError('no pairs to compare');
  const means = differences.flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2));
  const pairs = differences.length;
  const deviation = Math.sqrt((pairs * (pairs + 1) * (2 * pairs + 1)) / 24);
  const cut = Math.round((pairs * (pairs + 1)) / 4 - NORMAL_95 * deviation);
  return shiftOf(
    means.sort((a, b) => a - b),
    cut,
  );
}

/** The median of ordered values, between the `cut`th from either end. */
function shiftOf(ordered: readonly number[], cut: number): Shift {
  const [low, high] = [ordered[cut - 1], ordered[ordered.length - cut]];
  return { estimate: median(ordered), interval: low === undefined || high === undefined ? null : [low, high] };
}

/** The interval begins at the so-manieth smallest difference; 0 when the samples are too few for any. */
function differencesCutOff(first: number, second: number): number {
  if (first + second > EXACT_SAMPLES) {
    const deviation = Math.sqrt((first * second * (first + second + 1)) / 12);
    return Math.max(0, Math.floor((first * second) / 2 - NORMAL_95 * deviation));
  }
  const ranks = Array.from({ length: first + second }, (_, index) => index + 1);
  const smallest = (first * (first + 1)) / 2;
  const chances = rankSumChances(ranks, first).slice(smallest);
  let below = 0;
  return chances.findIndex((chance) => {
    below += chance;
    return below > 0.025;
  });
}
