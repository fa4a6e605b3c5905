import { UsageError } from '../../errors/index.js';
import {
  type ComparedCell,
  type ComparedRate,
  type Comparison,
  describeSetting,
  type RoundConditions,
} from '../../results/index.js';
import { adjustForMany, type ComparedSamples, compareInPairs, compareSeparate } from '../statistics/compare-samples.js';
import { mannWhitney } from '../statistics/rank-tests.js';
import { median } from '../statistics/statistics.js';
import { findDifferences, refuseDifferent } from './compare-environments.js';
import {
  type CellPair,
  pairedLogRatios,
  type RatedCell,
  type RatedRun,
  ratedByCpu,
  roundDifferences,
  roundScores,
} from './rated-run.js';

interface CompareResultsOptions {
  readonly before: RatedRun;
  readonly after: RatedRun;
  /** Both ran in turns within the same rounds, so that samples of one setting and one round are a pair. */
  readonly sideBySide?: boolean;
  /** Compare even when the machine or what was streamed differs. Default false. */
  readonly allowDifferentMachine?: boolean;
}

/**
 * Two runs of one machine at two times differ by more than their own samples show (neighbours, heat, memory layout): a
 * stricter level makes up for some of it. Pairs that ran one after the other, in a random order, need none of that.
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
  const doubts = sideBySide ? [] : doubtsAbout(before.conditions, after.conditions);
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
    perCpuSecond: comparePerCpuSecond(before, after, { sideBySide, level }),
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

/** Two runs with a smaller difference had about the same load from other programs: in cores, and as a share of the yardstick's time. */
const ALIKE_CORES = 0.2;
const ALIKE_WORK = 0.1;

/** The load of other programs differs between two runs if the difference exceeds what varies from round to round. */
const DOUBT_LEVEL = 0.01;

/**
 * Other programs, or a lower clock rate, slow a whole run down. Unless both runs had as much of it, that looks like a slower build. Only
 * load during the rounds counts.
 */
function doubtsAbout(before: readonly RoundConditions[], after: readonly RoundConditions[]): string[] {
  const runs = [before, after];
  const [cores = [], coresAfter = []] = runs.map((rounds) => rounds.flatMap(({ foreignCores }) => foreignCores ?? []));
  const [work = [], workAfter = []] = runs.map((rounds) => rounds.map(({ yardstickMicros }) => yardstickMicros / 1000));
  const doubts: string[] = [];
  if (differs(cores, coresAfter, ALIKE_CORES)) {
    const [one, other] = [median(cores), median(coresAfter)].map((value) => value.toFixed(1));
    doubts.push(`other programs kept ${one} cores busy during the rounds before, and ${other} during those after`);
  }
  if (differs(work, workAfter, ALIKE_WORK * (work.length === 0 ? 0 : median(work)))) {
    const [one, other] = [median(work), median(workAfter)].map((value) => value.toFixed(1));
    doubts.push(`work that is always the same took ${one} ms before, and ${other} ms after`);
  }
  return doubts;
}

function differs(before: readonly number[], after: readonly number[], least: number): boolean {
  if (before.length === 0 || after.length === 0) return false;
  return Math.abs(median(after) - median(before)) > least && mannWhitney(before, after).pValue < DOUBT_LEVEL;
}

interface PerCpuSecond {
  readonly sideBySide: boolean;
  readonly level: number;
}

function comparePerCpuSecond(
  before: RatedRun,
  after: RatedRun,
  { sideBySide, level }: PerCpuSecond,
): ComparedRate | null {
  const [one, other] = [ratedByCpu(before), ratedByCpu(after)];
  if (!one || !other) return null;
  const pairs = sharedCells(one, other);
  return rateOf(compareOverall(pairs, sideBySide), pairs, level);
}

function compareCell(before: RatedCell, after: RatedCell, sideBySide: boolean): ComparedSamples {
  if (sideBySide) return compareInPairs([...pairedLogRatios([before, after]).values()]);
  return compareSeparate(logRates(before), logRates(after));
}

function logRates({ samples }: RatedCell): number[] {
  return samples.map(({ rowsPerSecond }) => Math.log(rowsPerSecond));
}

/** Samples of one round share its noise and its processes: a round is one sample. */
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
  /** Share of the earlier rate that must be lost, beyond noise. */
  readonly slowerBy: number;
  /** Whether a comparison that could not be decided fails too. */
  readonly undecided: boolean;
}

/** A build that is slower by less is rarely worth failing. */
export const defaultFailOn: FailOn = Object.freeze({ slowerBy: 0.05, undecided: false });

/** The outcome of a comparison for a given limit. */
export interface Judgement {
  readonly outcome: 'regression' | 'no-regression' | 'not-decided';
  /** What fell by the limit or more, and by more than noise explains. */
  readonly regressions: readonly (ComparedRate | ComparedCell)[];
  /** Why nothing could be decided. */
  readonly why: string;
}

/**
 * A regression is a loss beyond noise that reaches the limit, in the rates or in the server's CPU time for a row, which other programs
 * hardly change. There is none if the interval of the rates excludes such a loss. Otherwise, and if other programs used the cores
 * differently in the two runs, the comparison is not decided.
 */
export function judgeComparison(comparison: Comparison, { slowerBy }: FailOn): Judgement {
  const { overall, perCpuSecond, cells, doubts } = comparison;
  const judged = [overall, ...(perCpuSecond === null ? [] : [perCpuSecond]), ...cells];
  const regressions = judged.filter(({ verdict, ratio }) => verdict === 'slower' && ratio <= 1 - slowerBy);
  if (regressions.length > 0) return { outcome: 'regression', regressions, why: '' };
  const [low, high] = overall.ratioCi ?? [0, Number.POSITIVE_INFINITY];
  if (doubts.length > 0) return { outcome: 'not-decided', regressions, why: doubts.join('; ') };
  if (low > 1 - slowerBy) return { outcome: 'no-regression', regressions, why: '' };
  if (high <= 1 - slowerBy) return { outcome: 'not-decided', regressions, why: chanceOf(comparison) };
  return { outcome: 'not-decided', regressions, why: looseness(low, high, slowerBy) };
}

/** A large loss that so few rounds may show by chance. */
function chanceOf({ overall: { ratio, pValue, samples }, significance }: Comparison): string {
  const rounds = samples[0] === samples[1] ? `${samples[0]}` : samples.join(' and ');
  return `the rates changed by ${percentOf(ratio)}, and ${rounds} rounds are too few to rule out chance (p ${pValue.toFixed(3)}; it must be below ${significance})`;
}

function looseness(low: number, high: number, slowerBy: number): string {
  if (low === 0) return 'there are too few rounds to say how far the rates changed';
  return `the rates changed by ${percentOf(low)} to ${percentOf(high)}, and a loss of ${slowerBy * 100}% lies within that`;
}

function percentOf(ratio: number): string {
  return `${ratio > 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)}%`;
}

/**
 * Reads `slower:5%`, or `slower:5%,undecided`.
 *
 * @throws UsageError when the text is anything else.
 *
 * @example
 * parseFailOn('slower:5%').slowerBy; // 0.05
 */
export function parseFailOn(text: string): FailOn {
  const [, digits = Number.NaN, undecided] = /^slower:(\d+(?:\.\d+)?)%(,undecided)?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (percent >= 0 && percent < 100) return { slowerBy: percent / 100, undecided: undecided !== undefined };
  throw new UsageError(
    'bench.invalid_flag',
    `--fail-on is ${JSON.stringify(text)}; it must be like slower:5%, or slower:5%,undecided`,
    { nextActions: ['for example: npx grpc-stream bench compare before.json after.json --fail-on slower:5%'] },
  );
}
