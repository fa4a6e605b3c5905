import { InternalError } from '../../errors/index.js';
import type { Interval } from '../../results/index.js';
import { EXACT_SAMPLES, mannWhitney, rankSumChances, signedRankTest } from './rank-tests.js';
import { median } from './statistics.js';

/** A difference between two sets of samples, in the unit they are given in. */
export interface ComparedSamples {
  readonly shift: number;
  readonly interval: Interval | null;
  /** Two-sided. */
  readonly pValue: number;
  readonly samples: readonly [before: number, after: number];
}

/** Samples of two runs, each independent of the others: Mann–Whitney. */
export function compareSeparate(before: readonly number[], after: readonly number[]): ComparedSamples {
  const { estimate, interval } = hodgesLehmann(before, after);
  const { pValue } = mannWhitney(before, after);
  return { shift: estimate, interval, pValue, samples: [before.length, after.length] };
}

/** Differences within pairs: Wilcoxon's signed ranks. */
export function compareInPairs(differences: readonly number[]): ComparedSamples {
  const { estimate, interval } = hodgesLehmannOfPairs(differences);
  const below = signedRankTest(differences);
  const above = signedRankTest(differences.map((difference) => -difference));
  const pairs = differences.length;
  return { shift: estimate, interval, pValue: Math.min(1, 2 * Math.min(below, above)), samples: [pairs, pairs] };
}

/** By how much one sample lies above another. */
interface Shift {
  readonly estimate: number;
  /** 95%; null when the samples are too few for any. */
  readonly interval: Interval | null;
}

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
  return shiftOf(differences, firstOfInterval(first.length, second.length));
}

/** The same for pairs: the median of all means of two differences, with the interval of the signed-rank test. */
export function hodgesLehmannOfPairs(differences: readonly number[]): Shift {
  if (differences.length === 0) throw new InternalError('no pairs to compare');
  const means = differences.flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2));
  const pairs = differences.length;
  const deviation = Math.sqrt((pairs * (pairs + 1) * (2 * pairs + 1)) / 24);
  const place = Math.round((pairs * (pairs + 1)) / 4 - NORMAL_95 * deviation);
  return shiftOf(
    means.sort((a, b) => a - b),
    place,
  );
}

/** The median of ordered values; the interval goes from the value at a place, counted from 1, to the one as far from the end. */
function shiftOf(ordered: readonly number[], place: number): Shift {
  const [low, high] = [ordered[place - 1], ordered[ordered.length - place]];
  return { estimate: median(ordered), interval: low === undefined || high === undefined ? null : [low, high] };
}

/** Which of the ordered differences begins the interval, counted from 1; 0 when the samples are too few for any. */
function firstOfInterval(first: number, second: number): number {
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

/**
 * P-values of many comparisons, each raised so far that all of them together find a difference where there is none no
 * more often than a single one would.
 *
 * @see S. Holm: A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of Statistics 6 (1979),
 * 65–70.
 */
export function adjustForMany(pValues: readonly number[]): number[] {
  const order = pValues.map((pValue, index) => ({ pValue, index })).sort((a, b) => a.pValue - b.pValue);
  const adjusted = pValues.map(() => 1);
  let least = 0;
  for (const [place, { pValue, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, pValue * (pValues.length - place)));
    adjusted[index] = least;
  }
  return adjusted;
}
