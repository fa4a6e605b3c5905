import {
  type BenchCell,
  type BenchResult,
  type BenchSample,
  type BenchSetting,
  describeSetting,
  isPaced,
} from '../../results/index.js';
import { hodgesLehmannOfPairs } from '../statistics/compare-samples.js';
import { median } from '../statistics/statistics.js';

/** The part of a cell that is compared. */
export interface RatedCell extends BenchSetting, Pick<BenchCell, 'rowsPerSecond'> {
  readonly samples: readonly Pick<BenchSample, 'round' | 'rowsPerSecond'>[];
}

/** The part of a result that is compared. */
export interface RatedRun extends Pick<BenchResult, 'startedAt' | 'rounds' | 'environment' | 'table' | 'warnings'> {
  readonly cells: readonly RatedCell[];
}

/** A result's rates: those of the sweep and of the other scenarios, each once. Hand-written ways to read are not compared. */
export function ratedRun(result: BenchResult): RatedRun {
  const all = [...result.cells, ...result.scenarios.flatMap(({ cells }) => cells)];
  const rated = all.filter(
    ({ load, samples }) => load.method === 'stream' && !isPaced(load) && samples[0]?.round !== 0,
  );
  return { ...result, cells: [...new Map(rated.map((cell) => [describeSetting(cell), cell])).values()] };
}

/** The rates of one setting in both builds or runs. */
export type CellPair<Cell = Pick<RatedCell, 'samples'>> = readonly [before: Cell, after: Cell];

/**
 * One number for each round of each run: how far its rates, on a logarithmic scale, lie above or below those of the same settings in both
 * runs together. So settings of very different rates count alike, and a round that other programs slowed is one low number instead of two
 * dozen.
 */
export function roundScores(pairs: readonly CellPair[]): [before: number[], after: number[]] {
  const before = new Map<number, number[]>();
  const after = new Map<number, number[]>();
  for (const [one, other] of pairs) {
    const usual = median([...one.samples, ...other.samples].map(({ rowsPerSecond }) => Math.log(rowsPerSecond)));
    collect(before, one, usual);
    collect(after, other, usual);
  }
  return [scoresOf(before), scoresOf(after)];
}

function collect(rounds: Map<number, number[]>, { samples }: Pick<RatedCell, 'samples'>, usual: number): void {
  for (const { round, rowsPerSecond } of samples) {
    const score = Math.log(rowsPerSecond) - usual;
    rounds.set(round, [...(rounds.get(round) ?? []), score]);
  }
}

/** The median of the settings: one stream that was delayed does not change its round. */
function scoresOf(rounds: ReadonlyMap<number, readonly number[]>): number[] {
  return [...rounds.values()].map(median);
}

/**
 * One number for each round: how far the rates of all settings changed in it. Builds that run in turns have their own processes in each
 * round, and the streams of one process are all a few percent faster or slower by chance. So streams are not independent samples: hundreds of
 * them would show such a chance as a difference.
 */
export function roundDifferences(pairs: readonly CellPair[]): number[] {
  const rounds = new Map<number, number[]>();
  for (const [round, difference] of pairs.flatMap((pair) => [...pairedLogRatios(pair)])) {
    rounds.set(round, [...(rounds.get(round) ?? []), difference]);
  }
  return [...rounds.values()].map((differences) => hodgesLehmannOfPairs(differences).estimate);
}

/** How far a setting's rates changed, on a logarithmic scale: one number for each round that has both. */
export function pairedLogRatios([before, after]: CellPair): Map<number, number> {
  const earlier = new Map(before.samples.map(({ round, rowsPerSecond }) => [round, rowsPerSecond]));
  return new Map(
    after.samples.flatMap(({ round, rowsPerSecond }) => {
      const rate = earlier.get(round);
      return rate === undefined ? [] : [[round, Math.log(rowsPerSecond / rate)]];
    }),
  );
}
