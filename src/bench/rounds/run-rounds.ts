import { type BenchPlan, planRound, type Step } from '../plan.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import { bootstrapInterval, median } from '../statistics/statistics.js';
import type { Measurement, MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';
import { stepTask } from './step-task.js';

/**
 * Runs every cell once a round, in a new order each time, until the rounds are done, the rates are as precise as was
 * asked for, or the next round would end past the time allowed. Rounds are whole, so that every setting has as many
 * samples as every other; when a run is resumed, only the steps that are missing are done.
 *
 * @returns How many rounds were completed.
 */
export async function runRounds(
  { cells, rounds }: Pick<BenchPlan, 'cells' | 'rounds'>,
  options: MeasuringOptions,
): Promise<number> {
  const { settings, executor, measured, now } = options;
  const pace: Pace = { startedMs: now(), stepsDone: 0 };
  let round = 0;
  while (round < rounds && !isPrecise(cells, options)) {
    const steps = planRound(cells, round + 1, { seed: settings.seed, rows: executor.tables[0].rows });
    const missing = steps.filter(({ cell }) => !measured.has(cell, round + 1));
    /** One round is always run. */
    if (round > 0 && missing.length > 0 && !hasTime(options, pace, missing.length)) break;
    round += 1;
    await runRound(options, { round, rounds, steps: steps.length, missing, pace });
  }
  return round;
}

/** With fewer samples an interval is a guess, and may be narrow by luck. */
const FEWEST_SAMPLES = 5;

/** Whether half the interval of every rate is within the share of it that was asked for; false where no precision was. */
function isPrecise(cells: readonly PlannedCell[], { settings: { precision }, measured }: MeasuringOptions): boolean {
  if (precision === null) return false;
  const rated = cells.filter(isRated);
  return (
    rated.length > 0 &&
    rated.every(({ setting }) => {
      const rates = measured.samples({ kind: 'stream', setting }).map(({ rowsPerSecond }) => rowsPerSecond);
      return rates.length >= FEWEST_SAMPLES && halfWidth(rates) <= precision;
    })
  );
}

function halfWidth(rates: readonly number[]): number {
  const [low, high] = bootstrapInterval(rates);
  return (high - low) / 2 / median(rates);
}

/** How long the steps of this run took so far: those to come are expected to take as long. */
interface Pace {
  readonly startedMs: number;
  stepsDone: number;
}

function hasTime(options: MeasuringOptions, { startedMs, stepsDone }: Pace, steps: number): boolean {
  const stepMs = stepsDone === 0 ? 0 : (options.now() - startedMs) / stepsDone;
  return stepMs * steps <= timeLeftMs(options);
}

function timeLeftMs({ settings, startedMs, now }: MeasuringOptions): number {
  return startedMs + settings.maxTimeSeconds * 1000 - now();
}

interface Round {
  readonly round: number;
  readonly rounds: number;
  /** Of the whole round; those that are not missing were done before the run was interrupted. */
  readonly steps: number;
  readonly missing: readonly Step[];
  readonly pace: Pace;
}

async function runRound(options: MeasuringOptions, { round, rounds, steps, missing, pace }: Round): Promise<void> {
  const { executor, now } = options;
  let left = missing.length;
  const onMeasured = async (measurement: Measurement) => {
    await options.onMeasured(measurement);
    left -= 1;
    pace.stepsDone += 1;
    const stepMs = (now() - pace.startedMs) / pace.stepsDone;
    const etaMs = Math.max(0, Math.min(stepMs * (left + (rounds - round) * steps), timeLeftMs(options)));
    options.onProgress({ phase: 'measure', round, rounds, step: steps - left, steps, etaMs });
  };
  const tasks = missing.map((step) => stepTask({ executor, onMeasured }, { ...step, round }));
  await runTasks(tasks, options.signal);
}
