import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { advise, isPreciseEnough } from '../../src/bench/guidance/advice.js';
import { fullSettings, quickSettings } from '../../src/bench/index.js';
import { type SeededRandom, seededRandom } from '../../src/bench/statistics/seeded-random.js';
import type { Advice, BenchCell, BenchSettings } from '../../src/results/index.js';
import { exampleCell } from '../support/bench-result.js';

/**
 * The noise of two real runs of the default sweep: how far, on a logarithmic scale, each rate of a round lay from the mean of its
 * setting. One was made on two quiet cores, the other on two that some fifteen other processes wanted at once.
 */
const noiseSchema = z.object({
  cells: z.array(z.object({ chunk: z.number(), checkInterval: z.number(), batchRows: z.number().nullable() })),
  rounds: z.array(z.array(z.number())),
});
type Noise = z.infer<typeof noiseSchema>;
const { quiet, busy } = z
  .object({ quiet: noiseSchema, busy: noiseSchema })
  .parse(JSON.parse(readFileSync(new URL('./fixtures/noise-of-rounds.json', import.meta.url), 'utf8')));

/** What a value does to the rate, for real: the smallest chunk and the smallest interval reach so much of that of all others. */
type Truth = number;

interface Simulation {
  readonly noise: Noise;
  readonly truth: Truth;
  readonly random: SeededRandom;
  /** Default: those of a default run. */
  readonly settings?: Pick<BenchSettings, 'rounds' | 'mostRounds'>;
}

/** A run as the bench makes it: rounds until they are enough, each of them with the noise of a round that was real. */
function simulate({ noise, truth, random, settings = fullSettings }: Simulation): Advice[] {
  const { rounds, mostRounds } = settings;
  const drawn = Array.from({ length: mostRounds }, () => drawRound(noise, random));
  let count = rounds;
  while (count < mostRounds && !isPreciseEnough(cellsOf(noise, drawn.slice(0, count), truth))) count += 1;
  return advise({ cells: cellsOf(noise, drawn.slice(0, count), truth), cancellations: [] });
}

/** Which of two values a disturbance hits is chance, so that a round may as well have been its mirror image. */
function drawRound({ rounds }: Noise, random: SeededRandom): readonly number[] {
  const round = rounds[Math.floor(random() * rounds.length)] ?? [];
  return random() < 0.5 ? round : round.map((deviation) => -deviation);
}

/** Made once: a cell that is drawn from them has rates of its own. */
const examples = new Map(
  quiet.cells.map(({ chunk, checkInterval, batchRows }) => [
    `${chunk}/${checkInterval}/${batchRows}`,
    exampleCell(chunk, checkInterval, batchRows),
  ]),
);

function cellsOf({ cells }: Noise, rounds: readonly (readonly number[])[], truth: Truth): BenchCell[] {
  return cells.map(({ chunk, checkInterval, batchRows }, index) => {
    const cell = examples.get(`${chunk}/${checkInterval}/${batchRows}`) ?? exampleCell(chunk, checkInterval, batchRows);
    const factor = (chunk === 100 ? truth : 1) * (checkInterval === 10 ? truth : 1);
    const [sample] = cell.samples;
    const samples = rounds.flatMap((deviations, round) =>
      sample ? [{ ...sample, round: round + 1, rowsPerSecond: 1e5 * factor * Math.exp(deviations[index] ?? 0) }] : [],
    );
    const intervals = { ...cell.intervals, firstRowMs: null, serverPeakRssMb: null };
    return { ...cell, firstRowMs: 1, serverPeakRssMb: 100, intervals, samples };
  });
}

/** The smallest value that really is as fast as the fastest, but for what may be given up. */
function rightValue({ candidates, tolerance }: Advice, truth: Truth): Advice['recommended'] | undefined {
  const [smallest, next] = candidates;
  return truth >= 1 - tolerance ? smallest?.value : next?.value;
}

const isWrong = (advice: Advice, truth: Truth) =>
  advice.confidence === 'clear' && advice.recommended !== rightValue(advice, truth);

function runs(count: number, simulation: Omit<Simulation, 'random'>, seed: number): Advice[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => simulate({ ...simulation, random }));
}

const TRUTHS = [0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 1];
const RUNS = 40;

/** What `--quick` measures of the settings whose noise is known: the middle chunk is left out, and batches have one interval. */
const quickNoise = ({ cells, rounds }: Noise): Noise => {
  const measured = cells.map(({ chunk, checkInterval, batchRows }) => {
    return chunk !== 500 && (batchRows === null || checkInterval === 100);
  });
  const kept = <T>(list: readonly T[]) => list.filter((_, index) => measured[index]);
  return { cells: kept(cells), rounds: rounds.map(kept) };
};

const isAboutChunks = ({ setting }: Advice) => setting === 'chunkSize';

describe('the advice of a default run, on the noise of real ones', () => {
  it.each(TRUTHS)('calls nothing clear that is wrong in more than 5 of 100 runs, where the truth is %d', (truth) => {
    const all = [...runs(RUNS, { noise: quiet, truth }, 7), ...runs(RUNS / 2, { noise: busy, truth }, 7)];
    const wrong = all.filter((advice) => advice.some((one) => isWrong(one, truth)));
    expect(wrong.length).toBeLessThanOrEqual(all.length * 0.05);
  });

  it('finds values that reach 85% in 95 of 100 runs, on quiet cores, and says for sure which chunk is right', () => {
    const truth = 0.85;
    const all = runs(RUNS, { noise: quiet, truth }, 8);
    const found = all.filter((advice) => advice.every(({ candidates: [smallest] }) => smallest?.verdict === 'slower'));
    expect(found.length).toBeGreaterThanOrEqual(RUNS * 0.95);
    const clear = all.filter((advice) =>
      advice.filter(isAboutChunks).every(({ confidence }) => confidence === 'clear'),
    );
    expect(clear.length).toBeGreaterThanOrEqual(RUNS * 0.95);
    expect(all.filter((advice) => advice.some((one) => isWrong(one, truth)))).toEqual([]);
  });
});

describe('the advice of a quick run', () => {
  const noise = quickNoise(quiet);

  it.each([
    0.95, 0.97, 1,
  ])('calls nothing clear that is wrong in more than 5 of 100 runs, where the truth is %d', (truth) => {
    const all = runs(RUNS, { noise, truth, settings: quickSettings }, 9);
    expect(all.filter((advice) => advice.some((one) => isWrong(one, truth))).length).toBeLessThanOrEqual(RUNS * 0.05);
  });

  it('says for sure that a value is slower which reaches half the rate, with six rounds and with all', () => {
    for (const mostRounds of [6, quickSettings.mostRounds]) {
      const all = runs(RUNS, { noise, truth: 0.5, settings: { rounds: 6, mostRounds } }, 10).flat();
      expect(all.filter(({ candidates: [smallest] }) => smallest?.verdict === 'slower')).toHaveLength(all.length);
    }
  });
});
