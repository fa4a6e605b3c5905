import type { BenchSetting, BenchSettings } from '../../results/index.js';
import type { RatedRun } from '../comparison/rated-run.js';
import { roundDifferences } from '../comparison/round-differences.js';
import { planBench } from '../plan/plan.js';
import type { Executor } from '../rounds/executor.js';
import { streamSample } from '../rounds/stream-sample.js';
import { verifyReading } from '../rounds/verify-reading.js';
import { hodgesLehmannOfPairs } from '../statistics/hodges-lehmann.js';
import { createRandom, type Random, shuffled } from '../statistics/random.js';
import { addSample, pairsOf, type Ran, rateSide, type Side } from './side.js';

export interface SideBySideOptions {
  readonly settings: BenchSettings;
  /** Whether the settings' rounds are all, however loosely they leave the change known. Default: up to three times as many. */
  readonly exactRounds?: boolean;
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
  readonly phase: 'prepare' | 'measure';
  readonly done: number;
  readonly total: number;
}

export interface SideBySide {
  readonly before: RatedRun;
  readonly after: RatedRun;
}

/**
 * Measures two builds in turns: every setting on both, one right after the other, in an order of chance. Whatever the
 * machine does meanwhile then falls on both alike, and a difference of a few percent shows on a busy machine too. Each
 * round has processes of its own, so that what one process is by chance is not taken for what its build is.
 *
 * @throws BenchError when rows were wrong or a process died; the signal's reason when it was aborted.
 */
export async function runSideBySide(options: SideBySideOptions): Promise<SideBySide> {
  const { settings, signal, openBefore, openAfter, onProgress = () => {}, now = () => performance.now() } = options;
  const { cwd = process.cwd(), exactRounds = false } = options;
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
    const random = createRandom(settings.seed);
    const firstRoundAt = now();
    const [fewest, most] = roundLimits(settings, exactRounds);
    let rounds = 0;
    const isTimeLeft = () => rounds === 0 || now() + (now() - firstRoundAt) / rounds <= deadline;
    const isNeeded = () => rounds < fewest || (rounds < most && !isKnown(before, after, settings));
    while (isNeeded() && isTimeLeft()) {
      if (rounds > 0) await Promise.all(sides.map(({ executor }) => executor.renew()));
      await warmUp(sides, plan, signal);
      await runRound(sides, { plan, random, signal, round: rounds + 1 });
      rounds += 1;
      onProgress({ phase: 'measure', done: rounds, total: Math.max(rounds, settings.rounds) });
    }
    const ran: Ran = { startedAt, rounds, plan, cwd };
    return { before: await rateSide(before, ran), after: await rateSide(after, ran) };
  } finally {
    await Promise.all(open.map((executor) => executor.close()));
  }
}

async function openSide(openExecutor: () => Promise<Executor>, open: Executor[]): Promise<Side> {
  const executor = await openExecutor();
  open.push(executor);
  return { executor, samples: new Map() };
}

/** Even when every round agrees, fewer of them come about by chance more often than once in twenty: 2 × ½⁵ is 1 in 16. */
export const FEWEST_ROUNDS = 6;

/** A machine too noisy for so many times the rounds is too noisy to compare anything on. */
const MORE_ROUNDS = 3;

/** Fewest and most: where a precision is asked for, it decides in between; where a number is, that is both. */
function roundLimits({ rounds, precision }: BenchSettings, exactRounds: boolean): readonly [number, number] {
  if (precision !== null) return [Math.min(rounds, FEWEST_ROUNDS), rounds];
  return [rounds, exactRounds ? rounds : rounds * MORE_ROUNDS];
}

/** Half of what a regression is by default: so loosely known, a change could be that or nothing. */
const LOOSE = 0.025;

/**
 * Whether the change is known well enough. To look at its interval alone, and not at what it says, makes a chance finding
 * no likelier, however often one looks.
 */
function isKnown(before: Side, after: Side, { precision }: BenchSettings): boolean {
  const { interval } = hodgesLehmannOfPairs(roundDifferences(pairsOf(before, after)));
  return interval !== null && (interval[1] - interval[0]) / 2 <= (precision ?? LOOSE);
}

const WARM_UP_ROWS = 10_000;

async function warmUp(sides: readonly Side[], plan: readonly BenchSetting[], signal: AbortSignal): Promise<void> {
  for (const setting of plan) {
    for (const { executor } of sides) {
      signal.throwIfAborted();
      const rows = Math.min(WARM_UP_ROWS, executor.tables[0].rows);
      await executor.stream({ ...setting, load: { ...setting.load, rows } });
    }
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
    for (const side of shuffled(sides, random)) {
      signal.throwIfAborted();
      const reading = await side.executor.stream(setting);
      verifyReading(setting, reading, side.executor.expected(setting));
      const { rowsPerSecond } = streamSample(round, reading, false);
      addSample(side, setting, { round, rowsPerSecond });
    }
  }
}
