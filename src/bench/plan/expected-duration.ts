import { UsageError } from '../../errors/index.js';
import type { BenchSettings } from '../../results/index.js';
import { planBench } from './plan.js';

/** How much a plan is, before anything was measured. */
export interface PlanSize {
  readonly cells: number;
  readonly fresh: number;
  readonly rounds: number;
  /** Of one round, and of everything; no more than the time allowed. */
  readonly roundSeconds: number;
  readonly totalSeconds: number;
}

/** Starting a server, connecting to it, ending it. */
const FRESH_MS = 900;

/** Processes, the table, the warm-up. */
const BEGINNING_MS = 5000;

/** A round that would take this many times the time allowed is a slip of the keyboard. */
const ABSURD = 2;

/**
 * Says how long a bench will take, by rates that most machines reach.
 *
 * @throws UsageError when a single round would take far longer than the time allowed.
 */
export function expectDuration(settings: BenchSettings): PlanSize {
  const { cells, fresh, rounds } = planBench(settings);
  const roundMs = sum(cells.map(({ expectedMs }) => expectedMs));
  const roundsMs = sum(cells.map((cell) => cell.expectedMs * Math.min(settings.rounds, cell.mostRounds)));
  const freshMs = sum(fresh.map(({ expectedMs }) => expectedMs + FRESH_MS));
  const firstMs = BEGINNING_MS + freshMs + roundMs;
  if (firstMs > settings.maxTimeSeconds * 1000 * ABSURD) throw tooLong(settings, cells.length, firstMs / 1000);
  const totalMs = Math.max(firstMs, Math.min(settings.maxTimeSeconds * 1000, BEGINNING_MS + freshMs + roundsMs));
  return {
    cells: cells.length,
    fresh: fresh.length,
    rounds,
    roundSeconds: roundMs / 1000,
    totalSeconds: totalMs / 1000,
  };
}

function sum(durations: readonly number[]): number {
  return durations.reduce((total, duration) => total + duration, 0);
}

function tooLong({ maxTimeSeconds }: BenchSettings, cells: number, seconds: number): UsageError {
  const time = roughly(seconds);
  return new UsageError(
    'bench.absurd_plan',
    `${cells} settings would take about ${time} for a single round, and --max-time is ${maxTimeSeconds} seconds`,
    { nextActions: [`sweep fewer values or fewer --rows, or allow it with --max-time ${Math.ceil(seconds)}`] },
  );
}

function roughly(seconds: number): string {
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} hours`;
  return seconds >= 120 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds)} seconds`;
}
