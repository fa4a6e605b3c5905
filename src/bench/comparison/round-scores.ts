import { median } from '../statistics/statistics.js';
import type { RatedCell } from './rated-run.js';
import type { CellPair } from './round-differences.js';

/**
 * One number a round of each run: how far its rates, on a logarithmic scale, lie above or below what those settings
 * have in both runs together. Settings of very different rates then count alike, and a round that a neighbour slowed
 * down is one low number instead of two dozen.
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
