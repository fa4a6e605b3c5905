import type { FailOn } from '../../bench/index.js';
import type { Comparison } from '../../results/index.js';
import type { CliContext } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { terminalColor } from '../terminal-color.js';

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
