import { resolve } from 'node:path';
import type { FailOn } from '../../bench/index.js';
import type { BenchResult, Comparison } from '../../results/index.js';
import { type CliContext, terminalColor } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import type { JudgementFlags } from './flags.js';
import { assertOneOnStdout, printResult, saveOut, writeReports } from './write-reports.js';

/** Prints a comparison; 10 when something regressed by as much as the caller minds, 0 when not or when nobody minds. */
export async function judgeComparison(
  context: CliContext,
  comparison: Comparison,
  failOn: FailOn | undefined,
): Promise<number> {
  const [{ findRegressions }, { renderComparison }] = await Promise.all([
    import('../../bench/index.js'),
    import('../../report/index.js'),
  ]);
  const regressions = failOn === undefined ? [] : findRegressions(comparison, failOn);
  if (context.json) context.print(JSON.stringify({ ...comparison, regressions }));
  else context.print(renderComparison(comparison, { color: terminalColor() }));
  if (failOn === undefined) return ExitCode.ok;
  const limit = `${failOn.slowerBy * 100}%`;
  if (regressions.length === 0) context.note(`✔ no regression of ${limit} or more beyond noise`);
  else
    context.note(
      `✖ regression: ${regressions.length} of ${comparison.cells.length + 1} rates fell by ${limit} or more`,
    );
  return regressions.length === 0 ? ExitCode.ok : ExitCode.regression;
}

export interface BaselineFlags {
  readonly baseline?: string;
  readonly failOn?: string;
  readonly allowDifferentMachine?: boolean;
}

/** Holds a fresh result against a saved one; 10 when it is slower beyond noise by as much as the caller minds. */
export async function compareWithBaseline(
  context: CliContext,
  after: BenchResult,
  { baseline, failOn, allowDifferentMachine = false }: BaselineFlags & { readonly baseline: string },
): Promise<number> {
  const { compareResults, defaultFailOn, parseFailOn, ratedRun, readResult } = await import('../../bench/index.js');
  const before = ratedRun(await readResult(resolve(context.cwd, baseline)));
  const comparison = compareResults({ before, after: ratedRun(after), allowDifferentMachine });
  return judgeComparison(context, comparison, failOn === undefined ? defaultFailOn : parseFailOn(failOn));
}

/** Refuses what cannot be judged, or shown, before minutes are spent on measuring. */
export async function checkJudgement(context: Pick<CliContext, 'json' | 'cwd'>, flags: JudgementFlags): Promise<void> {
  assertOneOnStdout(flags, context);
  const { assertSameMachine, parseFailOn, readResult } = await import('../../bench/index.js');
  if (flags.failOn !== undefined) parseFailOn(flags.failOn);
  if (flags.baseline === undefined) return;
  const baseline = await readResult(resolve(context.cwd, flags.baseline));
  if (!flags.allowDifferentMachine) assertSameMachine(baseline);
}

export interface AfterFlags extends JudgementFlags {
  readonly out?: string;
}

/**
 * All that is done with a fresh result: shown, written, applied, judged. Shown first: what took minutes to measure is not
 * lost where a disk is full. The exit code is the judgement's.
 */
export async function afterBench(
  context: CliContext,
  result: BenchResult,
  flags: AfterFlags,
): Promise<number | undefined> {
  const { baseline, out } = flags;
  // One document on stdout: with a baseline, that is the comparison.
  if (baseline === undefined || !context.json) await printResult(context, result, flags);
  if (out !== undefined) await saveOut(context, result, out);
  await writeReports(context, result, flags);
  if (flags.apply) {
    const { applyAdvice } = await import('./apply-advice.js');
    await applyAdvice(context, result, flags.yes ?? false);
  }
  if (baseline === undefined) return undefined;
  return compareWithBaseline(context, result, { ...flags, baseline });
}
