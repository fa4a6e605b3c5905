import { type BenchPlan, planRound, type Step } from '../plan/plan.js';
import { isPrecise } from './is-precise.js';
import { measureStep } from './measure-step.js';
import type { MeasuringOptions } from './measuring.js';

/**
 * Runs every cell once a round, in a new order each time, until the rounds are done, the rates are as precise as was
 * asked for, or the next round would end past the time allowed. Rounds are whole, so that every setting has as many
 * samples as every other; of a run that is resumed only the steps that are missing are done.
 */
export async function runRounds(
  { cells, rounds }: Pick<BenchPlan, 'cells' | 'rounds'>,
  options: MeasuringOptions,
): Promise<number> {
  const { settings, executor, measured, now } = options;
  const firstStepAt = now();
  let stepsDone = 0;
  let round = 0;
  while (round < rounds && !isPrecise(cells, options)) {
    const steps = planRound(cells, round + 1, { seed: settings.seed, rows: executor.tables[0].rows });
    const missing = steps.filter(({ cell }) => !measured.has(cell, round + 1));
    if (missing.length > 0 && !hasTime(options, { round, missing: missing.length, stepsDone, firstStepAt })) break;
    stepsDone = await runRound(options, { round: round + 1, rounds, steps, missing, stepsDone, firstStepAt });
    round += 1;
  }
  return round;
}

interface RoundState {
  readonly round: number;
  readonly stepsDone: number;
  readonly firstStepAt: number;
}

/** The steps of another round are expected to take as long as those before did. One round is always run. */
function hasTime(
  { settings, startedMs, now }: MeasuringOptions,
  { round, missing, stepsDone, firstStepAt }: RoundState & { readonly missing: number },
): boolean {
  if (round === 0) return true;
  const stepMs = stepsDone === 0 ? 0 : (now() - firstStepAt) / stepsDone;
  return now() + stepMs * missing <= startedMs + settings.maxTimeSeconds * 1000;
}

async function runRound(
  options: MeasuringOptions,
  state: RoundState & { readonly rounds: number; readonly steps: readonly Step[]; readonly missing: readonly Step[] },
): Promise<number> {
  const { executor, signal, onMeasured, onProgress, settings, startedMs, now } = options;
  const { round, rounds, steps, missing, firstStepAt } = state;
  let { stepsDone } = state;
  for (const [index, step] of missing.entries()) {
    signal.throwIfAborted();
    await onMeasured(await measureStep(executor, round, step));
    stepsDone += 1;
    const left = missing.length - index - 1 + (rounds - round) * steps.length;
    const byRounds = ((now() - firstStepAt) / stepsDone) * left;
    const byTime = startedMs + settings.maxTimeSeconds * 1000 - now();
    const etaMs = Math.max(0, Math.min(byRounds, byTime));
    const done = steps.length - missing.length + index + 1;
    onProgress({ phase: 'measure', round, rounds, step: done, steps: steps.length, etaMs });
  }
  return stepsDone;
}
