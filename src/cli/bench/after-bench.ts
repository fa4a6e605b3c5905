import type { BenchResult } from '../../results/index.js';
import type { CliContext } from '../context.js';
import type { JudgementFlags } from './flags.js';
import { saveOut } from './save-history.js';
import { printResult, writeReports } from './write-reports.js';

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
  const { compareWithBaseline } = await import('./compare-with-baseline.js');
  return compareWithBaseline(context, result, { ...flags, baseline });
}
