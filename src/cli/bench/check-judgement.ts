import { resolve } from 'node:path';
import { UsageError } from '../../errors/index.js';
import type { CliContext } from '../context.js';
import type { JudgementFlags } from './report-flags.js';
import { assertOneOnStdout } from './write-reports.js';

/** Flags that need a result; two builds in turns have none, but a comparison. */
const OF_A_RESULT = ['baseline', 'apply', 'markdown', 'csv', 'prometheus', 'html'] as const;

/** Refuses flags that cannot be followed, alone or together, before minutes are spent on measuring. */
export async function checkJudgement(context: Pick<CliContext, 'json' | 'cwd'>, flags: JudgementFlags): Promise<void> {
  assertOneOnStdout(flags, context);
  const { parseFailOn, readResult } = await import('../../bench/index.js');
  if (flags.failOn !== undefined) parseFailOn(flags.failOn);
  if (flags.baseline !== undefined) await readResult(resolve(context.cwd, flags.baseline));
  const clash = flags.against === undefined ? undefined : OF_A_RESULT.find((name) => flags[name] !== undefined);
  if (clash === undefined) return;
  throw new UsageError('bench.flags_clash', `--against compares two builds, and has no result for --${clash}`, {
    nextActions: [`leave out --against or --${clash}`],
  });
}
