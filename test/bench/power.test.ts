import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultFailOn } from '../../src/bench/comparison/find-regressions.js';
import { fullSettings } from '../../src/bench/index.js';
import { planBench } from '../../src/bench/plan/plan.js';
import { compareInPairs } from '../../src/bench/statistics/compare-samples.js';
import { createRandom, type Random } from '../../src/bench/statistics/random.js';

/**
 * Logarithms of rate ÷ rate of back-to-back streams, from `npm run bench:self-test -- pairs`: of one build with itself,
 * and with a server that burns a ninth more CPU time a row. They were taken on two cores that some twenty other processes
 * wanted at once: single pairs differ by a quarter as often as not, which is worse than anybody would choose to bench on.
 */
const { same, slower } = z
  .object({ same: z.array(z.number()), slower: z.array(z.number()) })
  .parse(JSON.parse(readFileSync(new URL('./fixtures/pairs-on-a-busy-machine.json', import.meta.url), 'utf8')));

/** Pairs of a run with default settings: every setting of the sweep, once a round. */
const PAIRS = planBench({ ...fullSettings, scenarios: ['throughput'] }).cells.length * fullSettings.rounds;

/** Settings share the build, and a run draws its pairs from the real ones: how often does it report a regression? */
function reportsOf(
  pairs: readonly number[],
  { runs, pairsEach, seed }: { runs: number; pairsEach: number; seed: number },
) {
  const random = createRandom(seed);
  return Array.from({ length: runs }, () => isRegression(draw(pairs, pairsEach, random))).filter(Boolean).length;
}

function draw(pairs: readonly number[], count: number, random: Random): number[] {
  return Array.from({ length: count }, () => pairs[Math.floor(random() * pairs.length)] ?? 0);
}

function isRegression(differences: readonly number[]): boolean {
  const { shift, pValue } = compareInPairs(differences);
  return pValue < 0.05 && Math.exp(shift) <= 1 - defaultFailOn.slowerBy;
}

/** Which build comes first is chance, so that a build and its twin may change places. */
const centred = [...same, ...same.map((difference) => -difference)];

describe('a run of two builds in turns, on the noise of a busy machine', () => {
  it('has 240 pairs by default', () => {
    expect(PAIRS).toBe(240);
  });

  it('is noise worth the name: single pairs differ by more than a fifth, as often as not', () => {
    const sizes = same.map(Math.abs).sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeGreaterThan(0.2);
  });

  it('finds a server that is a tenth slower in 19 of 20 runs or more where pairs differ by half as much', () => {
    const tenth = centred.map((difference) => difference / 2 + Math.log(0.9));
    expect(reportsOf(tenth, { runs: 60, pairsEach: PAIRS, seed: 1 })).toBeGreaterThanOrEqual(57);
  });

  it('finds it in the noise as it was with half as many rounds again, and mostly with the default', () => {
    const tenth = centred.map((difference) => difference + Math.log(0.9));
    expect(reportsOf(tenth, { runs: 40, pairsEach: PAIRS * 1.5, seed: 1 })).toBeGreaterThanOrEqual(38);
    expect(reportsOf(tenth, { runs: 40, pairsEach: PAIRS, seed: 2 })).toBeGreaterThanOrEqual(34);
  });

  it('finds the delay that was injected for real, in as many', () => {
    expect(reportsOf(slower, { runs: 40, pairsEach: PAIRS * 1.5, seed: 2 })).toBeGreaterThanOrEqual(38);
  });

  it('reports nothing of a build and itself in 19 of 20 runs or more', () => {
    expect(reportsOf(centred, { runs: 60, pairsEach: PAIRS, seed: 3 })).toBeLessThanOrEqual(3);
    expect(reportsOf(centred, { runs: 200, pairsEach: 24, seed: 4 })).toBeLessThanOrEqual(10);
  });
});
