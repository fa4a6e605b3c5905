import { hodgesLehmannOfPairs } from '../statistics/hodges-lehmann.js';
import type { RatedCell } from './rated-run.js';

/** The rates of one setting, as both builds or runs had them. */
export type CellPair<Cell = Pick<RatedCell, 'samples'>> = readonly [before: Cell, after: Cell];

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

/**
 * One number a round: how far the rates of all settings changed in it. Builds that run in turns have processes of their
 * own in each round, and streams of one process share what it is by chance, be it a few percent: they are no samples of
 * their own, and hundreds of them would call such a chance a difference.
 */
export function roundDifferences(pairs: readonly CellPair[]): number[] {
  const rounds = new Map<number, number[]>();
  for (const [round, difference] of pairs.flatMap((pair) => [...pairedLogRatios(pair)])) {
    rounds.set(round, [...(rounds.get(round) ?? []), difference]);
  }
  return [...rounds.values()].map((differences) => hodgesLehmannOfPairs(differences).estimate);
}
