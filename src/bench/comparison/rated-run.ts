import {
  type BenchCell,
  type BenchResult,
  type BenchSample,
  type BenchSetting,
  describeSetting,
  isPaced,
} from '../../results/index.js';
import { hodgesLehmannOfPairs } from '../statistics/compare-samples.js';
import { median, medianOfKnown } from '../statistics/statistics.js';

/** The part of a sample that is compared. */
export type RatedSample = Pick<BenchSample, 'round' | 'rowsPerSecond' | 'serverCpuMicrosPerRow'>;

/** The part of a cell that is compared. */
export interface RatedCell extends BenchSetting, Pick<BenchCell, 'rowsPerSecond'> {
  readonly samples: readonly RatedSample[];
}

/** The part of a result that is compared. */
export interface RatedRun extends Pick<BenchResult, 'startedAt' | 'rounds' | 'conditions' | 'environment' | 'table'> {
  readonly cells: readonly RatedCell[];
}

/** A result's rates: those of the sweep and of the other scenarios, each once. Other ways to read are not judged. */
export function ratedRun(result: BenchResult): RatedRun {
  const inRounds = result.scenarios.filter(({ name }) => name !== 'memory');
  const all = [...result.cells, ...inRounds.flatMap(({ cells }) => cells)];
  const rated = all.filter(({ load }) => load.method === 'stream' && !isPaced(load));
  return { ...result, cells: [...new Map(rated.map((cell) => [describeSetting(cell), cell])).values()] };
}

/** The same with rows a second of the server's CPU time for rates; undefined where that cannot be seen. */
export function ratedByCpu(run: RatedRun): RatedRun | undefined {
  const cells = run.cells.map((cell) => {
    const samples = cell.samples.flatMap((sample) =>
      sample.serverCpuMicrosPerRow ? [{ ...sample, rowsPerSecond: 1e6 / sample.serverCpuMicrosPerRow }] : [],
    );
    return { ...cell, samples, rowsPerSecond: medianOfKnown(samples.map(({ rowsPerSecond }) => rowsPerSecond)) ?? 0 };
  });
  return cells.every(({ samples }) => samples.length > 0) ? { ...run, cells } : undefined;
}

/** The rates of one setting, as both builds or runs had them. */
export type CellPair<Cell = Pick<RatedCell, 'samples'>> = readonly [before: Cell, after: Cell];

/**
 * One number a round of each run: how far its rates, on a logarithmic scale, lie above or below those that the same
 * settings have in both runs together. Settings of very different rates then count alike, and a round that a neighbour
 * slowed down is one low number instead of two dozen.
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

/** The middle of the settings: one stream that was held up does not move its round. */
function scoresOf(rounds: ReadonlyMap<number, readonly number[]>): number[] {
  return [...rounds.values()].map(median);
}

/**
 * One number a round: how far the rates of all settings changed in it. Builds that run in turns have processes of their
 * own in each round, and the streams of one process share what that process happens to be, by a few percent. So they are
 * not independent samples: hundreds of them would call such a chance a difference.
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
