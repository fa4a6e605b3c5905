import type { Interval } from '../../results/index.js';

const LEVEL = 0.95;

/**
 * Where the true median lies, 95 times in 100, whatever the noise's shape: between two of the ordered samples, or, where a pair of
 * them would say too much and the pair within it too little, between those pairs.
 *
 * @returns Null where there are so few samples that even the lowest and the highest enclose it less often.
 *
 * @see T. P. Hettmansperger, S. J. Sheather: Confidence intervals based on interpolated order statistics. Statistics &
 * Probability Letters 4 (1986), 75–79.
 */
export function medianInterval(samples: readonly number[]): Interval | null {
  const count = samples.length;
  const ordered = [...samples].sort((a, b) => a - b);
  let place = 0;
  while (place + 1 <= count / 2 && coverage(count, place + 1) >= LEVEL) place += 1;
  if (place === 0) return null;
  const [wide, narrow] = [coverage(count, place), coverage(count, place + 1)];
  const within = (wide - LEVEL) / (wide - narrow);
  const share = ((count - place) * within) / (place + (count - 2 * place) * within);
  const at = (index: number) => ordered[index] ?? 0;
  const between = (outer: number, inner: number) => outer + share * (inner - outer);
  return [between(at(place - 1), at(place)), between(at(count - place), at(count - place - 1))];
}

/** How often the median lies between the samples of a place from either end: unless more of them than that lie on one side of it. */
function coverage(count: number, place: number): number {
  let below = 0;
  for (let heads = 0, ways = 1; heads < place; heads += 1) {
    below += ways * 0.5 ** count;
    ways = (ways * (count - heads)) / (heads + 1);
  }
  return Math.max(0, 1 - 2 * below);
}

/** A mean, and where the true one lies. */
export interface Estimate {
  readonly mean: number;
  readonly interval: Interval;
}

/**
 * The mean of one number a round, with an interval so wide that those of all of a family of comparisons hold what is true at once, in
 * 95 runs of 100: Student's, each at its part of the 5% (Bonferroni). Differences of two settings that are measured alike are about
 * symmetrical however skewed the noise is, and rounds that something held up make the interval wider: it errs to the safe side.
 *
 * @returns Undefined for fewer than two rounds, which say nothing about their spread.
 */
export function familyEstimate(differences: readonly number[], comparisons: number): Estimate | undefined {
  const count = differences.length;
  if (count < 2) return undefined;
  const mean = differences.reduce((sum, one) => sum + one, 0) / count;
  const squares = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  const half = error * studentQuantile((1 - LEVEL) / comparisons, count - 1);
  return { mean, interval: [mean - half, mean + half] };
}

/** Enough halvings for more digits than are printed. */
const HALVINGS = 60;
const LARGEST_QUANTILE = 1e6;

/** How many standard errors Student's t lies away from 0, on either side, with such a chance. */
export function studentQuantile(chance: number, freedom: number): number {
  let [low, high] = [0, LARGEST_QUANTILE];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (1 - shareWithin(middle, freedom) > chance) low = middle;
    else high = middle;
  }
  return high;
}

/** The share of Student's t that lies within ±t. @see Abramowitz and Stegun, 26.7.3 and 26.7.4: sums with as many terms as half the degrees of freedom. */
function shareWithin(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let power = isOdd ? 3 : 2; power <= freedom - 2; power += 2) {
    term *= ((power - 1) / power) * cosine ** 2;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
