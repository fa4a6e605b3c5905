import { resolve } from 'node:path';
import type { CliContext } from '../context.js';
import type { JudgementFlags } from './flags.js';
import { assertOneOnStdout } from './write-reports.js';

/** Refuses what cannot be judged, or shown, before minutes are spent on measuring. */
export async function checkJudgement(context: Pick<CliContext, 'json' | 'cwd'>, flags: JudgementFlags): Promise<void> {
  assertOneOnStdout(flags, context);
  const { assertSameMachine, parseFailOn, readResult } = await import('../../bench/index.js');
  if (flags.failOn !== undefined) parseFailOn(flags.failOn);
  if (flags.baseline === undefined) return;
  const baseline = await readResult(resolve(context.cwd, flags.baseline));
  if (!flags.allowDifferentMachine) assertSameMachine(baseline);
}
