import type { BenchResult } from '../../model/index.js';
import type { CliContext } from '../context.js';
import type { JudgementFlags } from './report-flags.js';
import { printResult, writeReports } from './write-reports.js';

/** All that is done with a fresh result: shown, written, applied, judged. The exit code is the judgement's. */
export async function afterBench(
  context: CliContext,
  result: BenchResult,
  flags: JudgementFlags,
): Promise<number | undefined> {
  const { baseline } = flags;
  await writeReports(context, result, flags);
  // One document on stdout: with a baseline, that is the comparison.
  if (baseline === undefined || !context.json) await printResult(context, result, flags);
  if (flags.apply) {
    const { applyAdvice } = await import('./apply-advice.js');
    await applyAdvice(context, result, flags.yes ?? false);
  }
  if (baseline === undefined) return undefined;
  const { compareWithBaseline } = await import('./compare-with-baseline.js');
  return compareWithBaseline(context, result, { ...flags, baseline });
}
