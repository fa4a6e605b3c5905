import { type BenchSetting, describeSetting } from '../../results/index.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';

/** Rows enough for the engine to compile what runs often; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

/**
 * When a way to read counts as warm. A new process still gets faster for some fifty thousand rows, however unsteady its first passes look.
 * Most of that comes with the first twenty thousand: a quick run, whose rounds are few, spends the rest of that time on them. Where a pass
 * takes only a moment, so many of them run that a moment's chance decides nothing.
 *
 * Before, all ways together begin so many streams of a row: what runs once a stream is compiled only after dozens of them, and the first row
 * would come half a millisecond later than from a server that has been in use for a while.
 */
const FEWEST = {
  full: { streams: 60, passes: 4, ms: 1200 },
  quick: { streams: 30, passes: 2, ms: 150 },
} as const;

/** A pass that is faster than the best before it by more than this shows that the engine is still optimising. */
const STEADY_SHARE = 0.05;

/** Passes in a row that are no faster: one of them may have been held up. */
const STEADY_PASSES = 2;

const MOST_PASSES = 60;

/** Of the time allowed for a run; the rest belongs to the measurements. */
const MOST_TIME_SHARE = 0.1;

/**
 * Streams in every way that is measured, until each gets no faster.
 *
 * @returns Whether that was reached: false when one was still getting faster as the passes or the time ran out.
 */
export async function warmUp(cells: readonly PlannedCell[], options: MeasuringOptions): Promise<boolean> {
  const { settings, now } = options;
  const fewest = FEWEST[settings.quick ? 'quick' : 'full'];
  let unsteady = waysOf(cells.filter(isRated)).map((setting) => ({ setting, passes: emptyPasses() }));
  await runShortStreams(unsteady, fewest.streams, options);
  const endsAt = now() + (settings.maxTimeSeconds * 1000 * MOST_TIME_SHARE) / settings.rounds;
  for (let pass = 1; pass <= MOST_PASSES && unsteady.length > 0; pass += 1) {
    const passMs = await runPass(unsteady, options);
    unsteady = unsteady.filter(({ passes }) => {
      return passes.count < fewest.passes || passes.totalMs < fewest.ms || passes.steady < STEADY_PASSES;
    });
    if (pass >= fewest.passes && now() + passMs > endsAt) break;
  }
  return unsteady.length === 0;
}

/** One setting of each way to read: sizes of chunks and intervals change how often code runs, not which. */
function waysOf(cells: readonly PlannedCell[]): BenchSetting[] {
  const wayOf = ({ setting: { batchRows, load } }: PlannedCell) =>
    [load.method, load.consistency, load.compression, batchRows === null].join();
  return [...new Map(cells.map((cell) => [wayOf(cell), cell.setting])).values()];
}

/** A way to read, and how its passes went. */
interface Way {
  readonly setting: BenchSetting;
  readonly passes: Passes;
}

interface Passes {
  count: number;
  totalMs: number;
  bestMs: number;
  /** How many of the last ones were no faster than the best before them. */
  steady: number;
}

function emptyPasses(): Passes {
  return { count: 0, totalMs: 0, bestMs: Number.POSITIVE_INFINITY, steady: 0 };
}

async function runShortStreams(
  ways: readonly Way[],
  count: number,
  { executor, signal }: MeasuringOptions,
): Promise<void> {
  for (let stream = 0; stream < count; stream += 1) {
    signal.throwIfAborted();
    const way = ways[stream % ways.length];
    if (way) await executor.stream(shortened(way.setting, 1));
  }
}

/** Streams once in each way. @returns How long the streams took together. */
function runPass(ways: readonly Way[], { executor, signal, onProgress }: MeasuringOptions): Promise<number> {
  const tasks = ways.map(({ setting, passes }, index) => ({
    name: describeSetting(setting),
    run: async () => {
      const { client } = await executor.stream(shortened(setting, WARM_UP_ROWS));
      const onSample = (durationMs: number) => {
        addPass(passes, durationMs);
        onProgress({ phase: 'warm-up', done: index + 1, total: ways.length });
      };
      return { durationMs: client.wallMs, onSample };
    },
  }));
  return runTasks(tasks, signal);
}

function addPass(passes: Passes, ms: number): void {
  passes.steady = ms >= passes.bestMs * (1 - STEADY_SHARE) ? passes.steady + 1 : 0;
  passes.bestMs = Math.min(passes.bestMs, ms);
  passes.count += 1;
  passes.totalMs += ms;
}

/** A setting that reads a few rows from nearby. */
function shortened(setting: BenchSetting, most: number): BenchSetting {
  const rows = Math.min(most, setting.load.rows ?? most);
  return { ...setting, load: { ...setting.load, rows, clients: 1, partitions: 1, rttMs: 0 } };
}
