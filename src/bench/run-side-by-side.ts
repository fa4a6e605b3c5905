import type { BenchSetting, BenchSettings } from '../model/index.js';
import type { RatedRun } from './comparison/rated-run.js';
import { describeEnvironment } from './environment/environment.js';
import { planBench } from './plan/plan.js';
import { describeSetting } from './plan/planned-cell.js';
import type { Executor } from './rounds/executor.js';
import { streamSample } from './rounds/stream-sample.js';
import { verifyReading } from './rounds/verify-reading.js';
import { createRandom, type Random, shuffled } from './statistics/random.js';
import { median } from './statistics/statistics.js';

export interface SideBySideOptions {
  readonly settings: BenchSettings;
  /** Opens what each build's streams run on; both are closed at the end. */
  readonly openBefore: () => Promise<Executor>;
  readonly openAfter: () => Promise<Executor>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: SideBySideProgress) => void;
  /** Where the repository is whose commit is noted. Default: the working directory. */
  readonly cwd?: string;
  /** The time, in milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

export interface SideBySideProgress {
  readonly phase: 'prepare' | 'warm-up' | 'measure';
  readonly done: number;
  readonly total: number;
}

export interface SideBySide {
  readonly before: RatedRun;
  readonly after: RatedRun;
}

/**
 * Measures two builds in turns: every setting on both, one right after the other, in an order of chance. Whatever the
 * machine does meanwhile then falls on both alike, and a difference of a few percent shows on a busy machine too.
 *
 * @throws BenchError when rows were wrong or a process died; the signal's reason when it was aborted.
 */
export async function runSideBySide(options: SideBySideOptions): Promise<SideBySide> {
  const { settings, signal, openBefore, openAfter, onProgress = () => {}, now = () => performance.now() } = options;
  const { cwd = process.cwd() } = options;
  const startedAt = new Date().toISOString();
  const deadline = now() + settings.maxTimeSeconds * 1000;
  /** What is compared is the rate of the sweep; cancellation and the other scenarios are left out. */
  const plan = planBench({ ...settings, scenarios: ['throughput'] }).cells.map(({ setting }) => setting);
  const open: Executor[] = [];
  try {
    onProgress({ phase: 'prepare', done: 0, total: 2 });
    const before = await openSide(openBefore, open);
    onProgress({ phase: 'prepare', done: 1, total: 2 });
    const after = await openSide(openAfter, open);
    const sides = [before, after];
    await warmUp(sides, plan, { signal, onProgress });
    const random = createRandom(settings.seed);
    const firstRoundAt = now();
    let rounds = 0;
    while (rounds < settings.rounds && (rounds === 0 || now() + (now() - firstRoundAt) / rounds <= deadline)) {
      signal.throwIfAborted();
      await runRound(sides, { plan, random, signal, round: rounds + 1 });
      rounds += 1;
      onProgress({ phase: 'measure', done: rounds, total: settings.rounds });
    }
    const ran = { startedAt, rounds, plan, cwd };
    return { before: await runOf(before, ran), after: await runOf(after, ran) };
  } finally {
    await Promise.all(open.map((executor) => executor.close()));
  }
}

/** One build, and its rates by setting. */
interface Side {
  readonly executor: Executor;
  readonly samples: Map<string, { readonly round: number; readonly rowsPerSecond: number }[]>;
}

async function openSide(openExecutor: () => Promise<Executor>, open: Executor[]): Promise<Side> {
  const executor = await openExecutor();
  open.push(executor);
  return { executor, samples: new Map() };
}

const WARM_UP_ROWS = 10_000;

async function warmUp(
  sides: readonly Side[],
  plan: readonly BenchSetting[],
  { signal, onProgress }: { readonly signal: AbortSignal; onProgress(progress: SideBySideProgress): void },
): Promise<void> {
  for (const [index, setting] of plan.entries()) {
    for (const { executor } of sides) {
      signal.throwIfAborted();
      const rows = Math.min(WARM_UP_ROWS, executor.tables[0].rows);
      await executor.stream({ ...setting, load: { ...setting.load, rows } });
    }
    onProgress({ phase: 'warm-up', done: index + 1, total: plan.length });
  }
}

interface Round {
  readonly plan: readonly BenchSetting[];
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly round: number;
}

async function runRound(sides: readonly Side[], { plan, random, signal, round }: Round): Promise<void> {
  for (const setting of shuffled(plan, random)) {
    /** Which of the two goes first is chance: that alone makes the test of their differences valid. */
    for (const { executor, samples } of shuffled(sides, random)) {
      signal.throwIfAborted();
      const reading = await executor.stream(setting);
      verifyReading(setting, reading, executor.expected(setting));
      const { rowsPerSecond } = streamSample(round, reading, false);
      const name = describeSetting(setting);
      samples.set(name, [...(samples.get(name) ?? []), { round, rowsPerSecond }]);
    }
  }
}

interface Ran {
  readonly startedAt: string;
  readonly rounds: number;
  readonly plan: readonly BenchSetting[];
  readonly cwd: string;
}

async function runOf({ executor, samples }: Side, { startedAt, rounds, plan, cwd }: Ran): Promise<RatedRun> {
  const cells = plan.map((setting) => {
    const own = samples.get(describeSetting(setting)) ?? [];
    return { ...setting, rowsPerSecond: median(own.map(({ rowsPerSecond }) => rowsPerSecond)), samples: own };
  });
  const [table] = executor.tables;
  const environment = await describeEnvironment(executor, cwd);
  return { startedAt, rounds, environment, table, cells, warnings: [] };
}
