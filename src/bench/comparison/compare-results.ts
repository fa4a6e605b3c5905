import { UsageError } from '../../errors/index.js';
import { type ComparedCell, type ComparedRate, type Comparison, describeSetting } from '../../results/index.js';
import { adjustForMany, type ComparedSamples, compareInPairs, compareSeparate } from '../statistics/compare-samples.js';
import { median } from '../statistics/statistics.js';
import { findDifferences, refuseDifferent } from './compare-environments.js';
import {
  type CellPair,
  pairedLogRatios,
  type RatedCell,
  type RatedRun,
  roundDifferences,
  roundScores,
} from './rated-run.js';

interface CompareResultsOptions {
  readonly before: RatedRun;
  readonly after: RatedRun;
  /** Both ran in turns within the same rounds: the samples of one setting in one round are a pair. */
  readonly sideBySide?: boolean;
  /** Compare also when the machine or the table differs. Default false. */
  readonly allowDifferentMachine?: boolean;
}

/**
 * Two runs of one machine at two times differ by more than their samples show (other programs, heat, memory layout): a stricter level
 * compensates for some of it. Pairs that ran one after the other, in random order, do not need it.
 */
const SIGNIFICANCE = { separate: 0.01, 'side-by-side': 0.05 } as const;

/**
 * What changed between two results: over all settings, and at each of those that both measured.
 *
 * @throws UsageError when the machine, the table or the settings differ and that was not allowed, or no setting is shared.
 *
 * @example
 * const { overall } = compareResults({ before, after });
 * overall.verdict; // 'faster', 'slower' or 'cannot-tell'
 */
export function compareResults(options: CompareResultsOptions): Comparison {
  const { before, after, sideBySide = false, allowDifferentMachine = false } = options;
  const differences = findDifferences(before, after);
  if (!allowDifferentMachine) refuseDifferent(differences);
  const pairs = sharedCells(before, after);
  const design = sideBySide ? 'side-by-side' : 'separate';
  const doubts = sideBySide ? [] : doubtsAbout(before, after);
  const significance = SIGNIFICANCE[design];
  const level = doubts.length === 0 ? significance : 0;
  const cells = pairs.map(([one, other]) => ({ one, other, samples: compareCell(one, other, sideBySide) }));
  const adjusted = adjustForMany(cells.map(({ samples }) => samples.pValue));
  return {
    design,
    before: { startedAt: before.startedAt, rounds: before.rounds },
    after: { startedAt: after.startedAt, rounds: after.rounds },
    significance,
    differences,
    doubts,
    overall: rateOf(compareOverall(pairs, sideBySide), pairs, level),
    cells: cells.map(({ one, other, samples }, index): ComparedCell => {
      const { chunk, checkInterval, mode, batchRows, load } = other;
      const pValue = adjusted[index] ?? 1;
      return {
        chunk,
        checkInterval,
        mode,
        batchRows,
        load,
        ...rateOf({ ...samples, pValue }, [[one, other]], level),
      };
    }),
  };
}

function sharedCells(before: RatedRun, after: RatedRun): CellPair<RatedCell>[] {
  const earlier = new Map(before.cells.map((cell) => [describeSetting(cell), cell]));
  const pairs = after.cells.flatMap((cell): CellPair<RatedCell>[] => {
    const one = earlier.get(describeSetting(cell));
    return one && one.samples.length > 0 && cell.samples.length > 0 ? [[one, cell]] : [];
  });
  if (pairs.length > 0) return pairs;
  throw new UsageError('bench.nothing_shared', 'the two results have no setting in common', {
    nextActions: [
      'measure both with the same flags: a rate is compared where chunk, interval, batch and load are equal',
    ],
  });
}

/** Other work on the machine slows a whole run: between two runs that looks like a slower build. */
function doubtsAbout(before: RatedRun, after: RatedRun): string[] {
  const runs = [['before', before] as const, ['after', after] as const];
  return runs.flatMap(([name, { warnings }]) =>
    warnings.filter(({ code }) => code === 'busy-machine').map(({ message }) => `${name}: ${message}`),
  );
}

function compareCell(before: RatedCell, after: RatedCell, sideBySide: boolean): ComparedSamples {
  if (sideBySide) return compareInPairs([...pairedLogRatios([before, after]).values()]);
  return compareSeparate(logRates(before), logRates(after));
}

function logRates({ samples }: RatedCell): number[] {
  return samples.map(({ rowsPerSecond }) => Math.log(rowsPerSecond));
}

/** Samples of one round share its noise and its processes: a round counts as one sample. */
function compareOverall(pairs: readonly CellPair<RatedCell>[], sideBySide: boolean): ComparedSamples {
  if (sideBySide) return compareInPairs(roundDifferences(pairs));
  return compareSeparate(...roundScores(pairs));
}

function rateOf(compared: ComparedSamples, pairs: readonly CellPair<RatedCell>[], level: number): ComparedRate {
  const { shift, interval, pValue, samples } = compared;
  const ratio = Math.exp(shift);
  return {
    before: median(pairs.map(([cell]) => cell.rowsPerSecond)),
    after: median(pairs.map(([, cell]) => cell.rowsPerSecond)),
    ratio,
    ratioCi: interval && [Math.exp(interval[0]), Math.exp(interval[1])],
    pValue,
    samples,
    verdict: pValue >= level || ratio === 1 ? 'cannot-tell' : ratio > 1 ? 'faster' : 'slower',
  };
}

/** What makes a comparison fail. */
export interface FailOn {
  /** The share of the earlier rate that must be lost, beyond noise. */
  readonly slowerBy: number;
}

/** A smaller loss is rarely worth a failure. */
export const defaultFailOn: FailOn = Object.freeze({ slowerBy: 0.05 });

/** Rates that fell by at least this share, and by more than noise explains; empty when nothing regressed. */
export function findRegressions({ overall, cells }: Comparison, { slowerBy }: FailOn): (ComparedRate | ComparedCell)[] {
  return [overall, ...cells].filter(({ verdict, ratio }) => verdict === 'slower' && ratio <= 1 - slowerBy);
}

/**
 * Reads `slower:5%`.
 *
 * @throws UsageError when the text is anything else.
 *
 * @example
 * parseFailOn('slower:5%').slowerBy; // 0.05
 */
export function parseFailOn(text: string): FailOn {
  const percent = Number(/^slower:(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (percent >= 0 && percent < 100) return { slowerBy: percent / 100 };
  throw new UsageError('bench.invalid_flag', `--fail-on is ${JSON.stringify(text)}; it must be like slower:5%`, {
    nextActions: ['for example: grpc-stream bench compare before.json after.json --fail-on slower:5%'],
  });
}
