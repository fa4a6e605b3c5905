import type { RoundConditions } from '../../results/index.js';
import { watchForeignLoad } from '../environment.js';
import { oneReading } from '../executor.js';
import { type BenchPlan, planRound, type Step } from '../plan.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import { medianInterval } from '../statistics/intervals.js';
import { median } from '../statistics/statistics.js';
import { sampleFit } from './fit-samples.js';
import type { Measurement, MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';
import { stepTask } from './step-task.js';
import { warmUp } from './warm-up.js';

/** How the measuring went, as far as it says how much the figures are worth. */
export interface MeasuringFacts {
  /** Rounds that were completed. */
  readonly rounds: number;
  /** Rounds in which there was something to measure; fewer than asked for where no cell takes part in all. */
  readonly plannedRounds: number;
}

/** Measures all cells of a plan: memory on fresh servers, then the rounds. */
export async function measure(plan: BenchPlan, options: MeasuringOptions): Promise<MeasuringFacts> {
  if (options.executor.isOurs) await measureFresh(plan.fresh, options);
  const plannedRounds = Math.min(options.settings.rounds, plan.rounds);
  return { rounds: await runRounds(plan, options), plannedRounds };
}

/** The memory of a single server varies by chance. */
export const FRESH_SERVERS = 3;

/**
 * The memory of servers that have streamed nothing before, each setting on several of its own: a process hardly gives memory
 * back, so that on a shared one every peak would be the largest so far.
 */
async function measureFresh(fresh: readonly PlannedCell[], options: MeasuringOptions): Promise<void> {
  const { executor, measured, signal } = options;
  const servers = Array.from({ length: FRESH_SERVERS }, (_, index) => index + 1);
  const wanted = servers.flatMap((round) => fresh.map((cell) => ({ cell, round, afterRows: 0 })));
  const missing = wanted.filter(({ cell, round }) => !measured.has(cell, round));
  let done = wanted.length - missing.length;
  const onMeasured = async (measurement: Measurement) => {
    await options.onMeasured(measurement);
    done += 1;
    options.onProgress({ phase: 'memory', done, total: wanted.length });
  };
  const tasks = missing.map((step) => stepTask({ executor, onMeasured }, { ...step, size: oneReading }));
  await runTasks(tasks, signal);
}

/**
 * Runs every cell once a round, in a new order each time, until there are rounds enough, or the next one would end past the time
 * allowed. Rounds are whole, so that every setting has as many samples as every other; when a run is resumed, only the steps that
 * are missing are done. Each round has new servers and clients, so that the chance speed of one process becomes part of the noise that the
 * intervals show. They start while the round before warms up.
 */
async function runRounds(plan: Pick<BenchPlan, 'cells' | 'rounds'>, options: MeasuringOptions): Promise<number> {
  const { settings, executor, measured, now } = options;
  const pace: Pace = { startedMs: now(), roundsDone: 0, fit: sampleFit(options) };
  let round = 0;
  while (round < plan.rounds && needsMore(plan, round, options)) {
    const steps = planRound(plan.cells, round + 1, { seed: settings.seed, rows: executor.tables[0].rows });
    const missing = steps.filter(({ cell }) => !measured.has(cell, round + 1));
    const share = missing.length / steps.length;
    /** One round is always run. */
    if (round > 0 && missing.length > 0 && !hasTime(options, pace, { round, share })) break;
    round += 1;
    if (missing.length === 0) continue;
    if (pace.roundsDone > 0) await executor.renew();
    await runRound(options, { plan, round, steps: steps.length, missing, pace });
    pace.roundsDone += share;
  }
  return round;
}

/** Whether the rounds so far do not say enough. How wide an interval is decides that, never where it lies: to go on until a difference shows would find one by chance. */
function needsMore({ cells }: Pick<BenchPlan, 'cells'>, round: number, options: MeasuringOptions): boolean {
  const { settings, isEnough } = options;
  if (settings.precision !== null && cells.some(isRated)) return !isPrecise(cells, settings.precision, options);
  return round < settings.rounds || !isEnough();
}

/** Whether half the interval of every rate is within the share of it that was asked for. */
function isPrecise(cells: readonly PlannedCell[], precision: number, { measured }: MeasuringOptions): boolean {
  return cells.filter(isRated).every(({ setting }) => {
    const rates = measured.samples({ kind: 'stream', setting }).map(({ rowsPerSecond }) => rowsPerSecond);
    const interval = medianInterval(rates);
    return interval !== null && (interval[1] - interval[0]) / 2 / median(rates) <= precision;
  });
}

/** How long the rounds of this run took so far: those to come are expected to take as long. */
interface Pace {
  readonly startedMs: number;
  roundsDone: number;
  readonly fit: ReturnType<typeof sampleFit>;
}

interface NextRound {
  /** Before it. */
  readonly round: number;
  /** The part of it that is missing. */
  readonly share: number;
}

function hasTime(
  options: MeasuringOptions,
  { startedMs, roundsDone, fit }: Pace,
  { round, share }: NextRound,
): boolean {
  const usualMs = roundsDone === 0 ? 0 : (options.now() - startedMs) / roundsDone;
  return fit.leastMs(usualMs, round < options.settings.rounds) * share <= timeLeftMs(options);
}

function timeLeftMs({ settings, startedMs, now }: MeasuringOptions): number {
  return startedMs + settings.maxTimeSeconds * 1000 - now();
}

interface Round {
  readonly plan: Pick<BenchPlan, 'cells' | 'rounds'>;
  readonly round: number;
  /** Of the whole round; those that are not missing were done before the run was interrupted. */
  readonly steps: number;
  readonly missing: readonly Step[];
  readonly pace: Pace;
}

async function runRound(options: MeasuringOptions, { plan, round, steps, missing, pace }: Round): Promise<void> {
  const { executor, settings, now } = options;
  const cells = missing.map(({ cell }) => cell);
  const startedMs = now();
  const warmth = await warmUp(cells, { ...options, beside: round < plan.rounds ? executor.startNext() : undefined });
  const size = pace.fit.next(cells, warmth, settings.rounds - round + 1);
  const foreignLoad = await watchForeignLoad(executor);
  const yardstickBefore = await executor.yardstickMicros();
  let left = missing.length;
  const onMeasured = async (measurement: Measurement) => {
    await options.onMeasured(measurement);
    left -= 1;
    const done = pace.roundsDone + (missing.length - left) / steps;
    const isExtended = round > settings.rounds;
    const rounds = isExtended ? plan.rounds : Math.min(settings.rounds, plan.rounds);
    const restMs = ((now() - pace.startedMs) / done) * (rounds - round + left / steps);
    const etaMs = Math.max(0, Math.min(restMs, timeLeftMs(options)));
    options.onProgress({ phase: 'measure', round, rounds, isExtended, step: steps - left, steps, etaMs });
  };
  const tasks = missing.map((step) => stepTask({ executor, onMeasured }, { ...step, round, size }));
  const streamedMs = await runTasks(tasks, options.signal);
  const conditions: RoundConditions = {
    round,
    steady: warmth.steady,
    measuredMs: streamedMs,
    foreignCores: await foreignLoad(),
    yardstickMicros: median([yardstickBefore, await executor.yardstickMicros()]),
  };
  await options.onMeasured({ kind: 'round', conditions });
  if (missing.length === steps) pace.fit.ran({ size, roundMs: now() - startedMs, samplesMs: streamedMs });
}
