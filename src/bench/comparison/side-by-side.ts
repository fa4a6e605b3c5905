import { sum } from 'simple-statistics';
import { type BenchSetting, type BenchSettings, describeSetting } from '../../results/index.js';
import { describeEnvironment } from '../environment.js';
import type { Executor, SampleSize } from '../executor.js';
import { planBench } from '../plan.js';
import { sampleFit } from '../rounds/fit-samples.js';
import { runTasks, type TimedTask } from '../rounds/run-tasks.js';
import { streamSample, verifyReading } from '../rounds/step-task.js';
import { type Warmth, warmUp } from '../rounds/warm-up.js';
import { hodgesLehmannOfPairs } from '../statistics/compare-samples.js';
import { type SeededRandom, seededRandom, shuffled } from '../statistics/seeded-random.js';
import { median } from '../statistics/statistics.js';
import { type CellPair, type RatedCell, type RatedRun, roundDifferences } from './rated-run.js';

interface SideBySideOptions {
  readonly settings: BenchSettings;
  /** Whether to stop after the settings' rounds, also if the change is not known precisely by then. Default: up to three times as many. */
  readonly exactRounds?: boolean;
  /** Opens the executor of each build; both are closed at the end. */
  readonly openBefore: () => Promise<Executor>;
  readonly openAfter: () => Promise<Executor>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: SideBySideProgress) => void;
  /** A folder of the repository whose commit is noted. Default: the working directory. */
  readonly cwd?: string;
  /** The time, in milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

interface SideBySideProgress {
  readonly phase: 'prepare' | 'measure';
  readonly done: number;
  readonly total: number;
}

interface SideBySide {
  readonly before: RatedRun;
  readonly after: RatedRun;
}

/**
 * Measures two builds in turns: every setting on both, one right after the other, in random order. Other work of the machine then affects
 * both alike, and a difference of a few percent shows also on a busy machine. Each round has its own processes, so that the chance speed of
 * one process is not mistaken for that of its build.
 *
 * @throws BenchError when rows were wrong or a process died; the signal's reason when it was aborted.
 */
export async function runSideBySide(options: SideBySideOptions): Promise<SideBySide> {
  const { settings, signal, onProgress = () => {}, now = () => performance.now() } = options;
  const { cwd = process.cwd(), exactRounds = false } = options;
  const startedAt = new Date().toISOString();
  const startedMs = now();
  const deadline = startedMs + settings.maxTimeSeconds * 1000;
  /** The rates of the sweep are compared; cancellation and the other scenarios are left out. */
  const { cells } = planBench({ ...settings, scenarios: ['throughput'] });
  const plan = cells.map(({ setting }) => setting);
  const kind = settings.quick ? 'quickCompared' : 'compared';
  onProgress({ phase: 'prepare', done: 0, total: 2 });
  const sides = await openSides(options);
  const [before, after] = sides;
  try {
    const random = seededRandom(settings.seed);
    const firstRoundAt = now();
    const [fewest, most] = roundLimits(settings, exactRounds);
    const fit = sampleFit({ executor: before.executor, settings, startedMs, now });
    let rounds = 0;
    const isTimeLeft = () =>
      rounds === 0 || now() + fit.leastMs((now() - firstRoundAt) / rounds, rounds < fewest) <= deadline;
    const isNeeded = () => rounds < fewest || (rounds < most && !isKnown(before, after, settings));
    while (isNeeded() && isTimeLeft()) {
      if (rounds > 0) await Promise.all(sides.map(({ executor }) => executor.renew()));
      const begunAt = now();
      const warmths: Warmth[] = [];
      for (const { executor } of sides) {
        const beside = rounds + 1 < most ? executor.startNext() : undefined;
        warmths.push(await warmUp(cells, { executor, settings, signal, now, kind, beside, onProgress: () => {} }));
      }
      rounds += 1;
      const size = fit.next([...cells, ...cells], together(warmths), fewest - rounds + 1);
      const samplesMs = await runTasks(roundTasks(sides, { plan, random, round: rounds, size }), signal);
      fit.ran({ size, roundMs: now() - begunAt, samplesMs });
      onProgress({ phase: 'measure', done: rounds, total: Math.max(rounds, settings.rounds) });
    }
    const ran: Ran = { startedAt, rounds, plan, cwd };
    return { before: await rateSide(before, ran), after: await rateSide(after, ran) };
  } finally {
    await Promise.all(sides.map(({ executor }) => executor.close()));
  }
}

/** The warm-ups of both, one after the other. */
function together(warmths: readonly Warmth[]): Warmth {
  return {
    steady: warmths.every(({ steady }) => steady),
    durationMs: sum(warmths.map(({ durationMs }) => durationMs)),
    rowsPerMs: (setting) => Math.min(...warmths.map(({ rowsPerMs }) => rowsPerMs(setting))),
  };
}

type Sample = RatedCell['samples'][number];

/** One of two builds, and its rates so far, by setting. */
interface Side {
  readonly name: 'before' | 'after';
  readonly executor: Executor;
  readonly samples: Map<string, Sample[]>;
}

/** Opens both at once, and closes the one where the other cannot be opened. */
async function openSides({ openBefore, openAfter }: SideBySideOptions): Promise<readonly [Side, Side]> {
  const opened = await Promise.allSettled([openBefore(), openAfter()]);
  const [before, after] = opened;
  if (before.status === 'fulfilled' && after.status === 'fulfilled')
    return [startSide('before', before.value), startSide('after', after.value)];
  for (const side of opened) if (side.status === 'fulfilled') await side.value.close();
  throw opened.find((side) => side.status === 'rejected')?.reason;
}

function startSide(name: Side['name'], executor: Executor): Side {
  return { name, executor, samples: new Map() };
}

/** Even if all rounds agree, fewer rounds do so by chance more often than once in twenty: 2 × ½⁵ is 1 in 16. */
export const FEWEST_ROUNDS = 6;

/** A machine that needs more than this many times the rounds is too noisy for any comparison. */
const MORE_ROUNDS = 3;

/** A quick run has few rounds and long samples; but six pairs only tell a difference that each of them shows. */
const QUICK_ROUNDS = 9;

/** A given precision decides between the two; a given number of rounds is both. */
function roundLimits(settings: BenchSettings, exactRounds: boolean): [fewest: number, most: number] {
  const { rounds, precision, quick } = settings;
  if (precision !== null) return [Math.min(rounds, FEWEST_ROUNDS), rounds];
  if (exactRounds) return [rounds, rounds];
  return [quick ? Math.max(rounds, QUICK_ROUNDS) : rounds, rounds * MORE_ROUNDS];
}

/** Half of what counts as a regression by default: a less precise change could be a regression or none. */
const LOOSE = 0.025;

/**
 * Whether the change is known precisely enough. The check uses only the width of its interval, not its position, so repeated checks make a
 * chance finding no more likely.
 */
function isKnown(before: Side, after: Side, { precision }: BenchSettings): boolean {
  const { interval } = hodgesLehmannOfPairs(roundDifferences(pairsOf(before, after)));
  return interval !== null && (interval[1] - interval[0]) / 2 <= (precision ?? LOOSE);
}

/** The measurements of both so far. */
function pairsOf(before: Side, after: Side): CellPair[] {
  return [...before.samples].map(([name, samples]): CellPair => {
    return [{ samples }, { samples: after.samples.get(name) ?? [] }];
  });
}

interface Round {
  readonly plan: readonly BenchSetting[];
  readonly random: SeededRandom;
  readonly round: number;
  /** Of each sample. */
  readonly size: Required<SampleSize>;
}

/** Which of the two builds goes first at a setting is random: the test of their differences requires it. */
function roundTasks(sides: readonly Side[], { plan, random, round, size }: Round): TimedTask[] {
  return shuffled(plan, random).flatMap((setting) =>
    shuffled(sides, random).map(
      (side): TimedTask => ({
        name: `${side.name}: ${describeSetting(setting)}`,
        run: async () => {
          const reading = await side.executor.stream(setting, size);
          verifyReading(setting, reading, side.executor.expected(setting, size.mostRows));
          const onSample = (wallMs: number) =>
            addSample(side, setting, streamSample({ round, setting, reading, wallMs }));
          return { durationMs: reading.client.wallMs, onSample };
        },
      }),
    ),
  );
}

function addSample({ samples }: Side, setting: BenchSetting, sample: Sample): void {
  const { round, rowsPerSecond, serverCpuMicrosPerRow } = sample;
  const name = describeSetting(setting);
  samples.set(name, [...(samples.get(name) ?? []), { round, rowsPerSecond, serverCpuMicrosPerRow }]);
}

interface Ran extends Pick<RatedRun, 'startedAt' | 'rounds'> {
  readonly plan: readonly BenchSetting[];
  readonly cwd: string;
}

/** The rates of one side, as a run of its own. */
async function rateSide({ executor, samples }: Side, { startedAt, rounds, plan, cwd }: Ran): Promise<RatedRun> {
  const cells = plan.map((setting) => {
    const own = samples.get(describeSetting(setting)) ?? [];
    return { ...setting, rowsPerSecond: median(own.map(({ rowsPerSecond }) => rowsPerSecond)), samples: own };
  });
  const [table] = executor.tables;
  return { startedAt, rounds, environment: await describeEnvironment(executor, cwd), table, cells, conditions: [] };
}
