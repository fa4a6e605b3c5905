import {
  type BenchCell,
  type BenchChunk,
  type Candidate,
  describeLoad,
  type Interval,
  inOrder,
  type Verdict,
} from '../../results/index.js';
import { hodgesLehmannOfPairs } from '../statistics/compare-samples.js';
import { type Estimate, familyEstimate } from '../statistics/intervals.js';
import { median, medianOfKnown } from '../statistics/statistics.js';

/** Which setting is compared; the other must be equal for two samples to be a pair. */
export type Swept = 'chunk' | 'checkInterval';

/** The limits within which a value can be recommended; null for no limit. */
export interface Budget {
  readonly firstRowMs: number | null;
  readonly serverPeakRssMb: number | null;
}

interface CandidateOptions {
  readonly cells: readonly BenchCell[];
  readonly swept: Swept;
  /** Share of the fastest rate that may be given up: less than this is no loss. */
  readonly tolerance: number;
  readonly budget: Budget;
  /** How many comparisons of values the whole advice of a run rests on: all of them are right at once, in 95 runs of 100. */
  readonly comparisons: number;
  /** The value in force now; null where that is not known. */
  readonly now: BenchChunk | null;
}

/** A candidate, and what the noise of its memory and its first row leaves open. */
export interface JudgedCandidate {
  readonly candidate: Candidate;
  /** Whether it is within the budget wherever in their intervals its figures lie, or may be. */
  readonly isSurelyWithin: boolean;
  readonly mayBeWithin: boolean;
}

/**
 * Compares every value of one setting with every other, so that it does not matter which of them the same samples made the fastest.
 * Two samples are a pair when they come from the same round and differ in nothing but this setting; the pairs of a round, which share
 * its processes and its noise, are one number together.
 */
export function candidatesOf(options: CandidateOptions): JudgedCandidate[] {
  const { cells, swept, budget } = options;
  const columns = valuesOf(cells, swept).map((value) => columnOf(value, cells, swept, budget));
  const eligible = columns.filter(({ isSurelyWithin }) => isSurelyWithin);
  const fastest = fastestOf(eligible.length > 0 ? eligible : columns);
  return columns.map((column) => judge(column, { ...options, columns, fastest }));
}

/** In ascending order; `auto` last. */
export function valuesOf(cells: readonly BenchCell[], swept: Swept): BenchChunk[] {
  return inOrder(cells.map((cell): BenchChunk => cell[swept]));
}

/** One value's samples, by what they are paired on. */
interface Column {
  readonly value: BenchChunk;
  readonly rates: ReadonlyMap<string, { readonly round: number; readonly rowsPerSecond: number }>;
  readonly firstRowMs: number;
  readonly serverPeakRssMb: number | null;
  readonly withinBudget: boolean;
  readonly isSurelyWithin: boolean;
  readonly mayBeWithin: boolean;
}

function columnOf(value: BenchChunk, cells: readonly BenchCell[], swept: Swept, budget: Budget): Column {
  const own = cells.filter((cell) => cell[swept] === value);
  const firstRowMs = median(own.map((cell) => cell.firstRowMs));
  const serverPeakRssMb = medianOfKnown(own.map((cell) => cell.serverPeakRssMb));
  const end = (index: 0 | 1) => ({
    firstRowMs: median(own.map((cell) => cell.intervals.firstRowMs?.[index] ?? cell.firstRowMs)),
    serverPeakRssMb: medianOfKnown(own.map((cell) => cell.intervals.serverPeakRssMb?.[index] ?? cell.serverPeakRssMb)),
  });
  return {
    value,
    rates: new Map(
      own.flatMap((cell) =>
        cell.samples.map(
          ({ round, rowsPerSecond }) => [pairKey(cell, swept, round), { round, rowsPerSecond }] as const,
        ),
      ),
    ),
    firstRowMs,
    serverPeakRssMb,
    withinBudget: isWithin({ firstRowMs, serverPeakRssMb }, budget),
    isSurelyWithin: isWithin(end(1), budget),
    mayBeWithin: isWithin(end(0), budget),
  };
}

function pairKey({ chunk, checkInterval, batchRows, load }: BenchCell, swept: Swept, round: number): string {
  return [round, batchRows, describeLoad(load), swept === 'chunk' ? checkInterval : chunk].join('/');
}

function isWithin({ firstRowMs, serverPeakRssMb }: Pick<Column, 'firstRowMs' | 'serverPeakRssMb'>, budget: Budget) {
  return (
    firstRowMs <= (budget.firstRowMs ?? Number.POSITIVE_INFINITY) &&
    (serverPeakRssMb ?? 0) <= (budget.serverPeakRssMb ?? Number.POSITIVE_INFINITY)
  );
}

/** The one with the best rate compared with the others of its own rounds, not the one that had the best rounds. */
function fastestOf(columns: readonly Column[]): Column {
  const scored = columns.map((column) => {
    const others = columns.filter((other) => other !== column);
    const means = others.map((other) => meanOf(roundDifferences(column, other)));
    return { column, score: means.length === 0 ? 0 : meanOf(means) };
  });
  return scored.reduce((best, one) => (one.score > best.score ? one : best)).column;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How far the rate of one value lies above that of another, on a logarithmic scale: one number a round. */
function roundDifferences({ rates }: Column, other: Column): number[] {
  const rounds = new Map<number, number[]>();
  for (const [key, { round, rowsPerSecond }] of rates) {
    const beside = other.rates.get(key);
    if (!beside) continue;
    rounds.set(round, [...(rounds.get(round) ?? []), Math.log(rowsPerSecond / beside.rowsPerSecond)]);
  }
  return [...rounds.values()].map((differences) => hodgesLehmannOfPairs(differences).estimate);
}

interface Judging extends CandidateOptions {
  readonly columns: readonly Column[];
  readonly fastest: Column;
}

function judge(column: Column, { columns, fastest, tolerance, comparisons, now }: Judging): JudgedCandidate {
  const { value, rates, firstRowMs, serverPeakRssMb, withinBudget, isSurelyWithin, mayBeWithin } = column;
  const least = Math.log(1 - tolerance);
  const others = columns.filter((other) => other !== column && other.mayBeWithin);
  const compared = others.map((other) => {
    return { other, estimate: familyEstimate(roundDifferences(column, other), comparisons) };
  });
  const isSlower = compared.some(
    ({ other, estimate }) => other.isSurelyWithin && estimate && estimate.interval[1] < least,
  );
  const isTied = compared.every(({ estimate }) => estimate !== undefined && estimate.interval[0] >= least);
  const differences = roundDifferences(column, fastest);
  const beside = column === fastest ? undefined : familyEstimate(differences, comparisons);
  const inForce = columns.find((other) => other !== column && other.value === now);
  const candidate: Candidate = {
    value,
    rowsPerSecond: median([...rates.values()].map(({ rowsPerSecond }) => rowsPerSecond)),
    ratio: Math.exp(beside?.mean ?? meanOf(differences)),
    ratioCi: ratioInterval(beside),
    rounds: differences.length,
    ...(inForce ? { besideNow: ratioBeside(column, inForce, comparisons) } : {}),
    firstRowMs,
    serverPeakRssMb,
    withinBudget,
    verdict: verdictOf({ isSlower, isTied, isFastest: column === fastest }),
  };
  return { candidate, isSurelyWithin, mayBeWithin };
}

/** Every pair of values is among the comparisons of the advice, so that this one is as sure as the others. */
function ratioBeside(column: Column, other: Column, comparisons: number): NonNullable<Candidate['besideNow']> {
  const differences = roundDifferences(column, other);
  const estimate = familyEstimate(differences, comparisons);
  return { ratio: Math.exp(estimate?.mean ?? meanOf(differences)), ratioCi: ratioInterval(estimate) };
}

function ratioInterval(estimate: Estimate | undefined): Interval | null {
  return estimate ? [Math.exp(estimate.interval[0]), Math.exp(estimate.interval[1])] : null;
}

/** `slower`, `tied` and `fastest` all have to be shown; a value that shows none of them is `unclear`. */
function verdictOf({
  isSlower,
  isTied,
  isFastest,
}: Readonly<Record<'isSlower' | 'isTied' | 'isFastest', boolean>>): Verdict {
  if (isSlower) return 'slower';
  if (!isTied) return 'unclear';
  return isFastest ? 'fastest' : 'tied';
}

/** A value that is as fast as another is then known to reach 95% of it, and one that reaches 85% not to. */
const LOOSE = 0.04;

/** Whether the values of a setting are known well enough beside each other. How wide the intervals are decides that, never what they say. */
export function areKnown({
  cells,
  swept,
  comparisons,
}: Pick<CandidateOptions, 'cells' | 'swept' | 'comparisons'>): boolean {
  const noBudget = { firstRowMs: null, serverPeakRssMb: null };
  const columns = valuesOf(cells, swept).map((value) => columnOf(value, cells, swept, noBudget));
  return columns.every((column, index) =>
    columns.slice(index + 1).every((other) => {
      const estimate = familyEstimate(roundDifferences(column, other), comparisons);
      return estimate !== undefined && (estimate.interval[1] - estimate.interval[0]) / 2 <= LOOSE;
    }),
  );
}
