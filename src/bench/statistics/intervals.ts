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
