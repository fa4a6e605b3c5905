import { type BenchSetting, describeSetting } from '../../results/index.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';

/** Rows enough for the engine to compile what runs often; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

/**
 * The least that a warm-up does.
 *
 * It begins with `streams` streams of one row, shared among the ways: what runs once a stream is compiled only after dozens of them. Without
 * these, the first row comes half a millisecond later than from a server that has been in use for a while.
 *
 * Then each way streams in `passes`. A new process gets faster for some fifty thousand rows, most of it within the first twenty thousand: a
 * quick run stops there, and spends the time on its rounds. A pass repeats its stream for `passMs`: a single short one would not show whether
 * the way got faster.
 */
const FEWEST = {
  full: { streams: 60, passes: 4, passMs: 200 },
  quick: { streams: 30, passes: 2, passMs: 50 },
} as const;

/** A pass that is faster than the best before it by more than this shows that the engine is still optimising. */
const STEADY_SHARE = 0.05;

/** Passes in a row that are no faster: one of them may have been held up. */
const STEADY_PASSES = 2;

const MOST_PASSES = 12;

/** Of a pass: those of a small table are short. */
const MOST_STREAMS = 20;

/** Of the time allowed for a run; the rest belongs to the measurements, and those of a quick run are few. */
const MOST_TIME_SHARE = { full: 0.15, quick: 0.1 } as const;

/**
 * Streams in every way that is measured, until each gets no faster.
 *
 * @returns Whether that was reached: false when one was still getting faster as the passes or the time ran out.
 */
export async function warmUp(cells: readonly PlannedCell[], options: MeasuringOptions): Promise<boolean> {
  const { settings, now } = options;
  const kind = settings.quick ? 'quick' : 'full';
  const fewest = FEWEST[kind];
  let unsteady = waysOf(cells.filter(isRated)).map((setting) => ({ setting, passes: { count: 0, steady: 0 } }));
  await runShortStreams(unsteady, fewest.streams, options);
  const endsAt = now() + (settings.maxTimeSeconds * 1000 * MOST_TIME_SHARE[kind]) / settings.rounds;
  for (let pass = 1; pass <= MOST_PASSES && unsteady.length > 0; pass += 1) {
    const passMs = await runPass(unsteady, fewest.passMs, options);
    unsteady = unsteady.filter(({ passes }) => passes.count < fewest.passes || passes.steady < STEADY_PASSES);
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
  /** The shortest time of a stream in a pass so far. */
  bestMs?: number;
  /** How many of the last passes were no faster than the best before them. */
  steady: number;
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

/** Streams in each way for a while. @returns How long the streams took together. */
function runPass(ways: readonly Way[], leastMs: number, options: MeasuringOptions): Promise<number> {
  const { signal, onProgress } = options;
  const tasks = ways.map(({ setting, passes }, index) => ({
    name: describeSetting(setting),
    run: async () => {
      const { durationMs, streamMs } = await streamFor(leastMs, shortened(setting, WARM_UP_ROWS), options);
      addPass(passes, streamMs);
      const onSample = () => onProgress({ phase: 'warm-up', done: index + 1, total: ways.length });
      return { durationMs, onSample };
    },
  }));
  return runTasks(tasks, signal);
}

/** @returns How long the streams took together, and one of them on average. */
async function streamFor(leastMs: number, setting: BenchSetting, { executor, signal }: MeasuringOptions) {
  let durationMs = 0;
  let streams = 0;
  while (durationMs < leastMs && streams < MOST_STREAMS) {
    signal.throwIfAborted();
    durationMs += (await executor.stream(setting)).client.wallMs;
    streams += 1;
  }
  return { durationMs, streamMs: durationMs / streams };
}

function addPass(passes: Passes, streamMs: number): void {
  const { bestMs = Number.POSITIVE_INFINITY } = passes;
  passes.steady = streamMs >= bestMs * (1 - STEADY_SHARE) ? passes.steady + 1 : 0;
  passes.bestMs = Math.min(bestMs, streamMs);
  passes.count += 1;
}

/** A setting that reads a few rows from nearby. */
function shortened(setting: BenchSetting, most: number): BenchSetting {
  const rows = Math.min(most, setting.load.rows ?? most);
  return { ...setting, load: { ...setting.load, rows, clients: 1, partitions: 1, rttMs: 0 } };
}
