import { sum } from 'simple-statistics';
import { type BenchSetting, describeSetting } from '../../results/index.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measurements.js';
import { runTasks } from './run-tasks.js';

/** Of the first stream of each way, which says how fast it is. */
const FIRST_ROWS = 10_000;

/**
 * What a warm-up does.
 *
 * It begins with `streams` streams of one row, shared among the ways: what runs once a stream is compiled only after hundreds of them.
 * After 100, the first row still comes 1.2 times as late as from a server that has been in use for a while.
 *
 * Then each way streams in passes of `passMs`, each of one stream where the table has rows enough: four of 100,000 rows do more than 120 of
 * 10,000. A new server gets faster for a million rows: each way has `fewestPasses`, then those that still get faster have up to `mostPasses`,
 * and where time is left, all have `passes`. One that got no faster in `steadyPasses` is steady. A comparison of two builds spends its time on
 * its rounds: the builds are as warm as each other. `timeShare` is the part of the time allowed for a run that all its warm-ups together may
 * take beyond the fewest passes. A quick run leaves its time to its samples, which are so long that a server is warm for most of each.
 */
const AMOUNTS = {
  full: { streams: 300, fewestPasses: 4, passes: 12, mostPasses: 16, steadyPasses: 2, passMs: 200, timeShare: 0.15 },
  quick: { streams: 200, fewestPasses: 2, passes: 2, mostPasses: 12, steadyPasses: 1, passMs: 100, timeShare: 0.3 },
  compared: { streams: 60, fewestPasses: 4, passes: 4, mostPasses: 4, steadyPasses: 2, passMs: 200, timeShare: 0 },
  quickCompared: { streams: 0, fewestPasses: 2, passes: 2, mostPasses: 2, steadyPasses: 1, passMs: 50, timeShare: 0 },
} as const;

/** A pass that is faster than the best before it by more than this shows that the engine is still optimising. */
const STEADY_SHARE = 0.05;

/** Of a pass: those of a small table are short. */
const MOST_STREAMS = 20;

/**
 * A stream that would read more of the table than this reads all of it, as a stream that is measured does. A request without a limit is new to
 * code that has seen none: V8 throws a dozen functions away.
 */
const MOST_OF_TABLE = 0.4;

/** What a warm-up needs of a run. */
interface WarmUpOptions extends Pick<MeasuringOptions, 'executor' | 'settings' | 'now' | 'signal' | 'onProgress'> {
  /** Default: what the settings ask for. */
  readonly kind?: keyof typeof AMOUNTS;
  /** Other work, beside which streams warm up as well; how fast they are then says nothing. Default: none. */
  readonly beside?: Promise<unknown> | undefined;
}

/** How a warm-up went. */
export interface Warmth {
  /** False when a way was still getting faster as the passes or the time ran out. */
  readonly steady: boolean;
  readonly durationMs: number;
  /** How fast the way of a setting is by now. */
  rowsPerMs(setting: BenchSetting): number;
}

/**
 * Streams in every way that is measured, until each gets no faster.
 *
 * @throws What the work beside it fails with.
 */
export async function warmUp(cells: readonly PlannedCell[], options: WarmUpOptions): Promise<Warmth> {
  const { settings, now } = options;
  const { kind = settings.quick ? 'quick' : 'full' } = options;
  const { streams, fewestPasses, passes, mostPasses, steadyPasses, passMs, timeShare } = AMOUNTS[kind];
  const rated = cells.filter(isRated);
  const beganAt = now();
  await streamBeside(waysOf(rated).map(startWay), streams, options);
  const ways = waysOf(rated).map(startWay);
  const aloneAt = now();
  for (let pass = 0; pass < fewestPasses; pass += 1) await runPass(ways, passMs, options);
  const isSteady = ({ steady }: Way) => steady >= steadyPasses;
  const endsAt = aloneAt + (settings.maxTimeSeconds * 1000 * timeShare) / settings.rounds;
  const hasTime = (next: readonly Way[]) => now() + sum(next.map(({ passMs }) => passMs)) <= endsAt;
  const wanting = () => {
    const faster = ways.filter((way) => way.passes < mostPasses && !isSteady(way));
    return faster.length > 0 ? faster : ways.filter((way) => way.passes < passes);
  };
  for (let next = wanting(); next.length > 0 && hasTime(next); next = wanting()) await runPass(next, passMs, options);
  const speeds = new Map(ways.map(({ setting, rowsPerMs }) => [wayOf(setting), rowsPerMs]));
  return {
    steady: ways.every(isSteady),
    durationMs: now() - beganAt,
    rowsPerMs: (setting) => speeds.get(wayOf(setting)) ?? Number.POSITIVE_INFINITY,
  };
}

/** Of a pass beside other work, so that little of it is left when that work ends. */
const BESIDE_MS = 50;

/** Runs the short streams, and passes for as long as other work lasts. */
async function streamBeside(ways: readonly Way[], streams: number, options: WarmUpOptions): Promise<void> {
  let isAlone = options.beside === undefined;
  const ended = async () => {
    await options.beside?.finally(() => {
      isAlone = true;
    });
  };
  const stream = async () => {
    await runShortStreams(ways, streams, options);
    // Passes of no way take no time: they would leave the event loop no turn in which the other work could end.
    for (let pass = 0; !isAlone && ways.length > 0; pass += 1) {
      const next = pass % ways.length;
      await runPass(ways.slice(next, next + 1), BESIDE_MS, options);
    }
  };
  await Promise.all([ended(), stream()]);
}

/** One setting of each way to read. */
function waysOf(cells: readonly PlannedCell[]): BenchSetting[] {
  return [...new Map(cells.map(({ setting }) => [wayOf(setting), setting])).values()];
}

/** Sizes of chunks and intervals change how often code runs, not which. */
function wayOf({ batchRows, load }: BenchSetting): string {
  return [load.method, load.consistency, load.compression, batchRows === null].join();
}

/** A way to read, and how its passes went. */
interface Way {
  readonly setting: BenchSetting;
  passes: number;
  /** How long the last pass took. */
  passMs: number;
  /** How many of the last passes were no faster than the best before them. */
  steady: number;
  /** Of the fastest pass so far. */
  rowsPerMs: number;
}

function startWay(setting: BenchSetting): Way {
  return { setting, passes: 0, passMs: 0, steady: 0, rowsPerMs: 0 };
}

async function runShortStreams(
  ways: readonly Way[],
  count: number,
  { executor, signal }: WarmUpOptions,
): Promise<void> {
  for (const { setting } of ways) {
    signal.throwIfAborted();
    await executor.stream(shortened(setting, 1), { readings: Math.ceil(count / ways.length) });
  }
}

/** Streams in each way for a while. */
async function runPass(ways: readonly Way[], passMs: number, options: WarmUpOptions): Promise<void> {
  const { signal, onProgress } = options;
  const tasks = ways.map((way, index) => ({
    name: describeSetting(way.setting),
    run: async () => {
      const durationMs = await streamFor(passMs, way, options);
      const onSample = () => onProgress({ phase: 'warm-up', done: index + 1, total: ways.length });
      return { durationMs, onSample };
    },
  }));
  await runTasks(tasks, signal);
}

/** Streams until a time has passed, in as few streams as the way's speed and the table allow. @returns How long they took together. */
async function streamFor(passMs: number, way: Way, { executor, signal }: WarmUpOptions): Promise<number> {
  let durationMs = 0;
  let rowsPerMs = 0;
  for (let stream = 0; durationMs < passMs && stream < MOST_STREAMS; stream += 1) {
    signal.throwIfAborted();
    const wanted = Math.max(FIRST_ROWS, Math.ceil((passMs - durationMs) * Math.max(way.rowsPerMs, rowsPerMs)));
    const most = wanted > executor.size.rows * MOST_OF_TABLE ? null : wanted;
    const setting = shortened(way.setting, most);
    const { wallMs } = (await executor.stream(setting)).client;
    durationMs += wallMs;
    rowsPerMs = (setting.load.rows ?? executor.size.rows) / wallMs;
  }
  addPass(way, durationMs, rowsPerMs);
  return durationMs;
}

/** @param rowsPerMs Of its last stream: the first one of a new server is the slowest. */
function addPass(way: Way, passMs: number, rowsPerMs: number): void {
  way.steady = rowsPerMs * (1 - STEADY_SHARE) <= way.rowsPerMs ? way.steady + 1 : 0;
  way.rowsPerMs = Math.max(way.rowsPerMs, rowsPerMs);
  way.passMs = passMs;
  way.passes += 1;
}

/** A setting that reads from nearby: no more rows than that, or all that it asks for. */
function shortened({ load, ...setting }: BenchSetting, most: number | null) {
  const rows = most === null ? load.rows : Math.min(most, load.rows ?? most);
  return { ...setting, load: { ...load, rows, clients: 1, partitions: 1, rttMs: 0 } };
}
