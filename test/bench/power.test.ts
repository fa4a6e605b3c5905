import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultFailOn } from '../../src/bench/comparison/compare-results.js';
import { fullSettings } from '../../src/bench/index.js';
import { planBench } from '../../src/bench/plan.js';
import { compareInPairs, hodgesLehmannOfPairs } from '../../src/bench/statistics/compare-samples.js';
import { type SeededRandom, seededRandom } from '../../src/bench/statistics/seeded-random.js';

/**
 * Logarithms of rate ÷ rate of back-to-back streams, from `npm run bench:self-test -- pairs`: of one build with itself,
 * and with a server that burns a ninth more CPU time a row. They were taken on two cores that some twenty other processes
 * wanted at once: single pairs differ by a quarter as often as not, which is worse than anybody would choose to bench on.
 */
const { same, slower } = z
  .object({ same: z.array(z.number()), slower: z.array(z.number()) })
  .parse(JSON.parse(readFileSync(new URL('./fixtures/pairs-on-a-busy-machine.json', import.meta.url), 'utf8')));

/** Pairs of a round with default settings: every setting of the sweep. */
const PAIRS = planBench({ ...fullSettings, scenarios: ['throughput'] }).cells.length;

/** What two processes of one build differ by, as a standard deviation: streams of a round share it. */
const BY_CHANCE = 0.015;

interface Runs {
  readonly runs: number;
  readonly rounds: number;
  readonly seed: number;
}

/** How many runs report a regression, of rounds whose pairs are drawn from the real ones. */
function reportsOf(pairs: readonly number[], { runs, rounds, seed }: Runs): number {
  const random = seededRandom(seed);
  return Array.from({ length: runs }, () => isRegression(runOf(pairs, rounds, random))).filter(Boolean).length;
}

/** As a run goes on while its change is known too loosely. */
function runOf(pairs: readonly number[], rounds: number, random: SeededRandom): number[] {
  const differences = Array.from({ length: rounds }, () => round(pairs, random));
  while (differences.length < 3 * rounds && isLoose(differences)) differences.push(round(pairs, random));
  return differences;
}

function isLoose(differences: readonly number[]): boolean {
  const { interval } = hodgesLehmannOfPairs(differences);
  return interval === null || interval[1] - interval[0] > 0.05;
}

function round(pairs: readonly number[], random: SeededRandom): number {
  const drawn = Array.from({ length: PAIRS }, () => pairs[Math.floor(random() * pairs.length)] ?? 0);
  return hodgesLehmannOfPairs(drawn).estimate + BY_CHANCE * normal(random);
}

/** Box and Muller's. */
function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function isRegression(differences: readonly number[]): boolean {
  const { shift, pValue } = compareInPairs(differences);
  return pValue < 0.05 && Math.exp(shift) <= 1 - defaultFailOn.slowerBy;
}

/** Which build comes first is chance, so that a build and its twin may change places. */
const centred = [...same, ...same.map((difference) => -difference)];

/** A tenth slower, in so much of that noise. */
function tenth(share: number): number[] {
  return centred.map((difference) => difference * share + Math.log(0.9));
}

const { rounds } = fullSettings;

describe('a run of two builds in turns, on the noise of a busy machine', () => {
  it('is noise worth the name: single pairs differ by more than a fifth, as often as not', () => {
    const sizes = same.map(Math.abs).sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeGreaterThan(0.2);
  });

  it('finds a server that is a tenth slower in 19 of 20 runs or more', () => {
    expect(reportsOf(tenth(0.5), { runs: 60, rounds, seed: 1 })).toBeGreaterThanOrEqual(57);
    expect(reportsOf(tenth(1), { runs: 60, rounds, seed: 2 })).toBeGreaterThanOrEqual(57);
  });

  it('finds the delay that was injected for real, in as many', () => {
    expect(reportsOf(slower, { runs: 60, rounds, seed: 2 })).toBeGreaterThanOrEqual(57);
  });

  it('reports nothing of a build and itself in 19 of 20 runs or more', () => {
    expect(reportsOf(centred, { runs: 60, rounds, seed: 3 })).toBeLessThanOrEqual(3);
    expect(reportsOf(centred, { runs: 200, rounds: 6, seed: 4 })).toBeLessThanOrEqual(10);
  });
});
