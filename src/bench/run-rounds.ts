import { Bench, type Task } from 'tinybench';
import { BenchError, messageOf } from '../errors/index.js';
import type { BenchSetting, BenchSettings } from '../model/index.js';
import type { CancelReading, Executor, StreamReading } from './executor.js';
import { describeSetting, planRound, type Step } from './plan.js';
import type { Random } from './random.js';
import { verifyReading } from './verify-reading.js';

/** One step that was done, and what was read. */
export type Measured =
  | { readonly kind: 'stream'; readonly round: number; readonly setting: BenchSetting; readonly reading: StreamReading }
  | {
      readonly kind: 'cancel';
      readonly round: number;
      readonly setting: BenchSetting;
      readonly reading: CancelReading;
    };

export interface RoundsOptions {
  readonly executor: Executor;
  readonly settings: BenchSettings;
  readonly plan: readonly BenchSetting[];
  readonly random: Random;
  readonly signal: AbortSignal;
  /** When the bench began: the time allowed is counted from there. */
  readonly startedMs: number;
  /** The time, in milliseconds; a test hands in its own. */
  readonly now: () => number;
  readonly onStep: (progress: RoundProgress) => void;
}

/** How far the measured rounds have come. */
export interface RoundProgress {
  readonly round: number;
  readonly rounds: number;
  readonly step: number;
  readonly steps: number;
  readonly etaMs: number;
}

/**
 * Runs every setting once a round, in a new order each time, until the rounds are done or the next one would end
 * past the time allowed. Rounds are whole, so that every setting has as many samples as every other.
 */
export async function runRounds(options: RoundsOptions): Promise<{ rounds: number; measured: readonly Measured[] }> {
  const { settings, plan, random, now } = options;
  const measured: Measured[] = [];
  const firstRoundAt = now();
  let rounds = 0;
  while (rounds < settings.rounds && hasTimeForAnother(options, rounds, firstRoundAt)) {
    const steps = planRound(plan, options.executor.table.rows, random);
    measured.push(...(await runRound(options, rounds + 1, steps, firstRoundAt)));
    rounds += 1;
  }
  return { rounds, measured };
}

/** Another round is expected to take as long as those before it did. */
function hasTimeForAnother({ settings, startedMs, now }: RoundsOptions, rounds: number, firstRoundAt: number): boolean {
  if (rounds === 0) return true;
  const roundMs = (now() - firstRoundAt) / rounds;
  return now() + roundMs <= startedMs + settings.maxTimeSeconds * 1000;
}

async function runRound(
  options: RoundsOptions,
  round: number,
  steps: readonly Step[],
  firstRoundAt: number,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [index, step] of steps.entries()) {
    options.signal.throwIfAborted();
    measured.push(await runStep(options, round, step));
    options.onStep(progressOf(options, round, index + 1, steps.length, firstRoundAt));
  }
  return measured;
}

/**
 * Tinybench runs the step: one iteration a task, whose duration is the one the client measured. Its own means are
 * not used (it averages reciprocals, and its defaults force dozens of iterations in a row on one setting).
 */
async function runStep({ executor }: RoundsOptions, round: number, step: Step): Promise<Measured> {
  let measured: Measured | undefined;
  const bench = new Bench({ warmup: false, iterations: 1, time: 0 });
  bench.add(describeSetting(step.setting), async () => {
    measured = await measure(executor, round, step);
    return { overriddenDuration: durationOf(measured) };
  });
  for (const task of await bench.run()) rethrow(task);
  if (!measured) throw new BenchError('bench.no_sample', `nothing was measured at ${describeSetting(step.setting)}`);
  return measured;
}

async function measure(executor: Executor, round: number, step: Step): Promise<Measured> {
  const { setting } = step;
  if (step.kind === 'cancel') {
    return { kind: 'cancel', round, setting, reading: await executor.cancel(setting, step.afterRows) };
  }
  const reading = await executor.stream(setting);
  verifyReading(setting, reading, executor.table);
  return { kind: 'stream', round, setting, reading };
}

function durationOf(measured: Measured): number {
  if (measured.kind === 'stream') return measured.reading.client.wallMs;
  return Number(measured.reading.server.endedAt - measured.reading.cancelledAt) / 1e6;
}

/** Tinybench swallows what a task throws and keeps it in the task's state. */
function rethrow({ name, result }: Task): void {
  if (result.state !== 'errored') return;
  if (result.error instanceof Error) throw result.error;
  throw new BenchError('bench.failed', `${name}: ${messageOf(result.error)}`);
}

function progressOf(
  { settings, startedMs, now }: RoundsOptions,
  round: number,
  step: number,
  steps: number,
  firstRoundAt: number,
): RoundProgress {
  const done = (round - 1) * steps + step;
  const byRounds = ((now() - firstRoundAt) / done) * (settings.rounds * steps - done);
  const byTime = startedMs + settings.maxTimeSeconds * 1000 - now();
  return { round, rounds: settings.rounds, step, steps, etaMs: Math.max(0, Math.min(byRounds, byTime)) };
}
