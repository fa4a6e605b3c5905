import { type BenchCell, type Candidate, describeLoad, type Verdict } from '../../results/index.js';
import { medianInterval } from '../statistics/intervals.js';
import { signedRankTest } from '../statistics/rank-tests.js';
import { median, medianOfKnown } from '../statistics/statistics.js';

/** A difference that would come up by chance once in twenty is not yet one. */
const SIGNIFICANCE = 0.05;

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
}

/**
 * Compares every value of one setting with the fastest of those within the budget. Two samples are a pair when they
 * come from the same round and differ in nothing but this setting, so that drift between rounds cancels out.
 */
export function candidatesOf({ cells, swept, tolerance, budget }: CandidateOptions): Candidate[] {
  const values = [...new Set(cells.map((cell) => cell[swept]))].sort((a, b) => a - b);
  const columns = values.map((value) => columnOf(value, cells, swept, budget));
  const eligible = columns.filter((column) => column.withinBudget);
  const fastest = fastestOf(eligible.length > 0 ? eligible : columns);
  return columns.map((column) => candidateOf(column, fastest, tolerance));
}

/** One value's samples, by what they are paired on. */
interface Column {
  readonly value: number;
  readonly rates: ReadonlyMap<string, number>;
  readonly firstRowMs: number;
  readonly serverPeakRssMb: number | null;
  readonly withinBudget: boolean;
}

function columnOf(value: number, cells: readonly BenchCell[], swept: Swept, budget: Budget): Column {
  const own = cells.filter((cell) => cell[swept] === value);
  const firstRowMs = median(own.map((cell) => cell.firstRowMs));
  const serverPeakRssMb = medianOfKnown(own.map((cell) => cell.serverPeakRssMb));
  return {
    value,
    rates: new Map(
      own.flatMap((cell) => cell.samples.map((sample) => [pairKey(cell, swept, sample.round), sample.rowsPerSecond])),
    ),
    firstRowMs,
    serverPeakRssMb,
    withinBudget:
      firstRowMs <= (budget.firstRowMs ?? Number.POSITIVE_INFINITY) &&
      (serverPeakRssMb ?? 0) <= (budget.serverPeakRssMb ?? Number.POSITIVE_INFINITY),
  };
}

function pairKey({ chunk, checkInterval, batchRows, load }: BenchCell, swept: Swept, round: number): string {
  return [round, batchRows, describeLoad(load), swept === 'chunk' ? checkInterval : chunk].join('/');
}

/** The one with the best rate compared with the others of its own rounds, not the one that had the best rounds. */
function fastestOf(columns: readonly Column[]): Column {
  const scored = columns.map((column) => {
    const others = columns.filter((other) => other !== column);
    return { column, score: others.length === 0 ? 1 : median(others.flatMap((other) => ratiosOf(column, other))) };
  });
  return scored.reduce((best, one) => (one.score > best.score ? one : best)).column;
}

function candidateOf(column: Column, fastest: Column, tolerance: number): Candidate {
  const ratios = ratiosOf(column, fastest);
  const compared = {
    value: column.value,
    rowsPerSecond: median([...column.rates.values()]),
    ratio: median(ratios),
    ratioCi: [...(medianInterval(ratios) ?? [0, 9])] as [number, number],
    pValue: signedRankTest(ratios.map(Math.log)),
    pairs: ratios.length,
    firstRowMs: column.firstRowMs,
    serverPeakRssMb: column.serverPeakRssMb,
    withinBudget: column.withinBudget,
  };
  return { ...compared, verdict: column === fastest ? 'fastest' : verdictOf(compared, tolerance) };
}

function ratiosOf(column: Column, fastest: Column): number[] {
  return [...column.rates].flatMap(([key, rate]) => {
    const best = fastest.rates.get(key);
    return best === undefined ? [] : [rate / best];
  });
}

/** Fewer pairs than this can never reach significance, and their interval is a guess. */
export const FEWEST_PAIRS = 5;

/** `tied` and `slower` both have to be shown; a value that shows neither is `unclear`. */
function verdictOf(
  { ratio, ratioCi: [lowest], pValue, pairs }: Omit<Candidate, 'verdict'>,
  tolerance: number,
): Verdict {
  if (pairs < FEWEST_PAIRS) return 'unclear';
  if (lowest >= 1 - tolerance) return 'tied';
  return ratio < 1 - tolerance && pValue < SIGNIFICANCE ? 'slower' : 'unclear';
}
