import { describeSetting } from '../../results/index.js';
import { watchForeignLoad } from '../environment.js';
import { type BenchPlan, planRound, type Step } from '../plan.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import { bootstrapInterval, median } from '../statistics/statistics.js';
import type { Measurement, MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';
import { stepTask } from './step-task.js';

/** The facts of the rounds that affect the quality of the figures. */
export interface MeasuringFacts {
  /** Rounds that were completed. */
  readonly rounds: number;
  /** Rounds with something to measure; fewer than requested if no cell takes part in all of them. */
  readonly plannedRounds: number;
  /** Whether the warm-up lasted until streams no longer got faster. */
  readonly steady: boolean;
  /** Cores that other programs kept busy during the rounds, on average; null if unknown. */
  readonly foreignCores: number | null;
}

/** Measures all cells of a plan: memory on fresh servers, then, after a warm-up, the rounds. */
export async function measure(plan: BenchPlan, options: MeasuringOptions): Promise<MeasuringFacts> {
  if (options.executor.isOurs) await measureFresh(plan.fresh, options);
  const steady = await warmUp(plan.cells, options);
  const foreignLoad = await watchForeignLoad(options.executor);
  const rounds = await runRounds(plan, options);
  return { rounds, plannedRounds: plan.rounds, steady, foreignCores: await foreignLoad() };
}

/** Before the rounds. */
const ROUND_BEFORE = 0;

/**
 * Measures the memory of each setting on a new server: a process hardly returns memory to the system, so on a shared server every peak would
 * be the largest so far.
 */
async function measureFresh(fresh: readonly PlannedCell[], options: MeasuringOptions): Promise<void> {
  const { executor, measured, signal } = options;
  const missing = fresh.filter((cell) => !measured.has(cell, ROUND_BEFORE));
  let done = fresh.length - missing.length;
  const onMeasured = async (measurement: Measurement) => {
    await options.onMeasured(measurement);
    done += 1;
    options.onProgress({ phase: 'memory', done, total: fresh.length });
  };
  const tasks = missing.map((cell) => stepTask({ executor, onMeasured }, { round: ROUND_BEFORE, cell, afterRows: 0 }));
  await runTasks(tasks, signal);
}

/** Enough rows for V8 to compile the hot code; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

/** If a pass is faster than the best one by more than this, V8 is still optimising. */
const STEADY_SHARE = 0.05;

const MOST_PASSES = 5;

/** The share of the allowed time; the rest is for the measurements. */
const MOST_TIME_SHARE = 0.1;

/**
 * Streams with every setting until a pass over all of them is no faster than those before; one pass at least.
 *
 * @returns Whether that was reached: false if passes still got faster at the end of the passes or of the time.
 */
async function warmUp(cells: readonly PlannedCell[], options: MeasuringOptions): Promise<boolean> {
  const { settings, now } = options;
  const streams = cells.filter(isRated);
  const endsAt = now() + settings.maxTimeSeconds * 1000 * MOST_TIME_SHARE;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    const passMs = await runPass(streams, options);
    if (passMs >= bestMs * (1 - STEADY_SHARE)) return true;
    bestMs = Math.min(bestMs, passMs);
    if (now() + passMs > endsAt) return pass === 1;
  }
  return false;
}

/** @returns How long the streams took together. */
function runPass(cells: readonly PlannedCell[], { executor, signal, onProgress }: MeasuringOptions): Promise<number> {
  const tasks = cells.map(({ setting }, index) => ({
    name: describeSetting(setting),
    run: async () => {
      const rows = Math.min(WARM_UP_ROWS, setting.load.rows ?? WARM_UP_ROWS);
      const { client } = await executor.stream({ ...setting, load: { ...setting.load, rows, clients: 1, rttMs: 0 } });
      const onSample = () => onProgress({ phase: 'warm-up', done: index + 1, total: cells.length });
      return { durationMs: client.wallMs, onSample };
    },
  }));
  return runTasks(tasks, signal);
}

/**
 * Runs every cell once in each round, in a new order each time, until the rounds are done, the rates have the requested precision, or the
 * next round would end after the allowed time. Only whole rounds are run, so that every setting has the same number of samples; a resumed run
 * does only the missing steps.
 *
 * @returns How many rounds were completed.
 */
async function runRounds(
  { cells, rounds }: Pick<BenchPlan, 'cells' | 'rounds'>,
  options: MeasuringOptions,
): Promise<number> {
  const { settings, executor, measured, now } = options;
  const pace: Pace = { startedMs: now(), stepsDone: 0 };
  let round = 0;
  while (round < rounds && !isPrecise(cells, options)) {
    const steps = planRound(cells, round + 1, { seed: settings.seed, rows: executor.tables[0].rows });
    const missing = steps.filter(({ cell }) => !measured.has(cell, round + 1));
    /** At least one round is run. */
    if (round > 0 && missing.length > 0 && !hasTime(options, pace, missing.length)) break;
    round += 1;
    await runRound(options, { round, rounds, steps: steps.length, missing, pace });
  }
  return round;
}

/** With fewer samples an interval is a guess, and may be narrow by luck. */
const FEWEST_SAMPLES = 5;

/** Whether half the interval of every rate is within the requested precision; false without one. */
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

/** The duration of the steps of this run so far, from which that of the next round is estimated. */
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
  /** The steps of the whole round, including those that were done before the interruption. */
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
