import type { Interval } from '../../results/index.js';
import { hodgesLehmann, hodgesLehmannOfPairs } from './hodges-lehmann.js';
import { mannWhitney } from './mann-whitney.js';
import { signedRankTest } from './statistics.js';

/** A difference between two sets of samples, on the scale they are given in. */
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
