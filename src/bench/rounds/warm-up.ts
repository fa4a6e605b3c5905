import { describeSetting } from '../../results/index.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';

/** Rows enough for the engine to compile what runs often; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

/**
 * A new process still gets faster for some fifty thousand rows, however unsteady its first passes look. Most of that comes with the first
 * twenty thousand: a quick run, whose rounds are few, spends the rest of that time on them.
 */
const FEWEST_PASSES = { full: 4, quick: 2 } as const;

/** A pass that is faster than the best before it by more than this shows that the engine is still optimising. */
const STEADY_SHARE = 0.05;

/** Passes in a row that are no faster: one of them may have been held up. */
const STEADY_PASSES = 2;

const MOST_PASSES = 12;

/** Of the time allowed for a run; the rest belongs to the measurements. */
const MOST_TIME_SHARE = 0.1;

/**
 * Streams in every way that is measured, until it gets no faster.
 *
 * @returns Whether that was reached: false when it was still getting faster as the passes or the time ran out.
 */
export async function warmUp(cells: readonly PlannedCell[], options: MeasuringOptions): Promise<boolean> {
  const { settings, now } = options;
  const streams = waysOf(cells.filter(isRated));
  const endsAt = now() + (settings.maxTimeSeconds * 1000 * MOST_TIME_SHARE) / settings.rounds;
  const fewest = FEWEST_PASSES[settings.quick ? 'quick' : 'full'];
  let bestMs = Number.POSITIVE_INFINITY;
  let steadyPasses = 0;
  for (let pass = 1; pass <= MOST_PASSES && streams.length > 0; pass += 1) {
    const passMs = await runPass(streams, options);
    steadyPasses = passMs >= bestMs * (1 - STEADY_SHARE) ? steadyPasses + 1 : 0;
    bestMs = Math.min(bestMs, passMs);
    if (pass < fewest) continue;
    if (steadyPasses >= STEADY_PASSES) return true;
    if (now() + passMs > endsAt) return false;
  }
  return streams.length === 0;
}

/** One setting of each way to read: sizes of chunks and intervals change how often code runs, not which. */
function waysOf(cells: readonly PlannedCell[]): PlannedCell[] {
  const wayOf = ({ setting: { batchRows, load } }: PlannedCell) =>
    [load.method, load.consistency, load.compression, batchRows === null].join();
  return [...new Map(cells.map((cell) => [wayOf(cell), cell])).values()];
}

/** @returns How long the streams took together. */
function runPass(cells: readonly PlannedCell[], { executor, signal, onProgress }: MeasuringOptions): Promise<number> {
  const tasks = cells.map(({ setting }, index) => ({
    name: describeSetting(setting),
    run: async () => {
      const rows = Math.min(WARM_UP_ROWS, setting.load.rows ?? WARM_UP_ROWS);
      const load = { ...setting.load, rows, clients: 1, partitions: 1, rttMs: 0 };
      const { client } = await executor.stream({ ...setting, load });
      const onSample = () => onProgress({ phase: 'warm-up', done: index + 1, total: cells.length });
      return { durationMs: client.wallMs, onSample };
    },
  }));
  return runTasks(tasks, signal);
}
