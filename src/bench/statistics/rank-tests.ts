import { errorFunction } from 'simple-statistics';

/** What the Mann–Whitney test says of two samples. */
interface RankTest {
  /** Pairs, one of each sample, in which the first is the larger; a tie counts half. */
  readonly u: number;
  /** Chance of a difference at least this large, either way, if both samples came from one distribution. */
  readonly pValue: number;
  readonly method: 'exact' | 'normal';
}

/** Up to here every case is counted; past it that is slow, and a normal distribution fits to three digits. */
export const EXACT_SAMPLES = 60;

/**
 * The Mann–Whitney U test, two-sided: whether one sample tends to be larger than the other, whatever the shape of the
 * noise. Exact for small samples, with ties too (the shift algorithm of Streitberg and Röhmel, 1986); otherwise normal
 * with corrections for ties and continuity.
 *
 * @see H. B. Mann, D. R. Whitney: On a Test of Whether one of Two Random Variables is Stochastically Larger than the
 * Other. Annals of Mathematical Statistics 18 (1947), 50–60.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest {
  const ranks = doubledRanks([...first, ...second]);
  const rankSum = sum(ranks.slice(0, first.length));
  const u = rankSum / 2 - (first.length * (first.length + 1)) / 2;
  if (first.length === 0 || second.length === 0) return { u, pValue: 1, method: 'exact' };
  return ranks.length <= EXACT_SAMPLES
    ? { u, pValue: exactChance(ranks, first.length, rankSum), method: 'exact' }
    : { u, pValue: normalChance(ranks, first.length, u), method: 'normal' };
}

/** Twice the rank of each value, so that the middle rank of equal values stays whole. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const smaller = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * smaller + equal + 1;
  });
}

function exactChance(ranks: readonly number[], size: number, rankSum: number): number {
  const chances = rankSumChances(ranks, size);
  const below = sum(chances.slice(0, rankSum + 1));
  const above = sum(chances.slice(rankSum));
  return Math.min(1, 2 * Math.min(below, above));
}

/** The chance of each sum when `size` of the ranks are drawn: counted rank by rank. */
export function rankSumChances(ranks: readonly number[], size: number): Float64Array {
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(sum(ranks) + 1));
  if (ways[0]) ways[0][0] = 1;
  for (const rank of ranks) {
    for (let drawn = size; drawn > 0; drawn--) addShifted(ways[drawn], ways[drawn - 1], rank);
  }
  const counts = ways[size] ?? new Float64Array();
  const total = sum(counts);
  return counts.map((count) => count / total);
}

function addShifted(target: Float64Array | undefined, source: Float64Array | undefined, shift: number): void {
  if (!target || !source) return;
  for (let at = target.length - 1; at >= shift; at--) target[at] = (target[at] ?? 0) + (source[at - shift] ?? 0);
}

function normalChance(ranks: readonly number[], size: number, u: number): number {
  const total = ranks.length;
  const pairs = size * (total - size);
  const ties = [...countsOf(ranks).values()].reduce((all, count) => all + (count ** 3 - count), 0);
  const deviation = Math.sqrt((pairs / 12) * (total + 1 - ties / (total * (total - 1))));
  if (deviation === 0) return 1;
  const z = Math.max(0, Math.abs(u - pairs / 2) - 0.5) / deviation;
  return Math.max(0, 1 - errorFunction(z / Math.SQRT2));
}

function countsOf(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/**
 * The chance of differences at least this far below zero if they were as often above as below it:
 * the Wilcoxon signed-rank test, one-sided, exact for small samples.
 */
export function signedRankTest(differences: readonly number[]): number {
  const known = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(known.map(Math.abs));
  const above = sum(ranks.filter((_, index) => (known[index] ?? 0) > 0));
  return ranks.length <= EXACT_SAMPLES ? exactTail(ranks, above) : normalTail(ranks, above);
}

/** Counts, of all ways to give the ranks signs, those whose positive sum is at most the one seen. */
function exactTail(ranks: readonly number[], seen: number): number {
  let chances = new Float64Array(sum(ranks) + 1);
  chances[0] = 1;
  for (const rank of ranks) {
    chances = chances.map((chance, total) => (chance + (chances[total - rank] ?? 0)) / 2);
  }
  return Math.min(1, sum(chances.subarray(0, seen + 1)));
}

function normalTail(ranks: readonly number[], seen: number): number {
  const mean = sum(ranks) / 2;
  const deviation = Math.sqrt(sum(ranks.map((rank) => rank ** 2))) / 2;
  return shareBelow((seen + 1 - mean) / deviation);
}

/** The share of a normal distribution that lies below `z`. */
function shareBelow(z: number): number {
  return (1 + errorFunction(z / Math.SQRT2)) / 2;
}

function sum(values: readonly number[] | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
