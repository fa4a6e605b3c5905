import { describeSetting } from '../../results/index.js';
import { watchForeignLoad } from '../environment.js';
import type { BenchPlan } from '../plan.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { Measurement, MeasuringOptions } from './measurements.js';
import { runRounds } from './run-rounds.js';
import { runTasks } from './run-tasks.js';
import { stepTask } from './step-task.js';

/** How the measuring went, as far as it says how much the figures are worth. */
export interface MeasuringFacts {
  /** Rounds that were completed. */
  readonly rounds: number;
  /** Rounds in which there was something to measure; fewer than asked for where no cell takes part in all. */
  readonly plannedRounds: number;
  /** Whether the warm-up went on until nothing got faster any more. */
  readonly steady: boolean;
  /** Cores that other programs kept busy during the rounds, on average; null where that cannot be seen. */
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
 * The memory of a server that has streamed nothing before, each setting on one of its own: a process hardly gives memory
 * back, so that on a shared one every peak would be the largest so far.
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

/** Rows enough for the engine to compile what runs often; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

/** A pass that is faster than the best before it by more than this shows that the engine is still optimising. */
const STEADY_SHARE = 0.05;

const MOST_PASSES = 5;

/** Of the time allowed; the rest belongs to the measurements. */
const MOST_TIME_SHARE = 0.1;

/**
 * Streams with every setting until a pass over all of them is no faster than those before; one pass at least.
 *
 * @returns Whether that was reached: false when it was still getting faster as the passes or the time ran out.
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
