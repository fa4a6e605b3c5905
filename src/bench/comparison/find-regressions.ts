import { UsageError } from '../../errors/index.js';
import type { ComparedCell, ComparedRate, Comparison } from '../../results/index.js';

/** What makes a comparison fail. */
export interface FailOn {
  /** Share of the earlier rate that must be lost, beyond noise. */
  readonly slowerBy: number;
}

/** Below this a slower build is rarely worth a failed one. */
export const defaultFailOn: FailOn = Object.freeze({ slowerBy: 0.05 });

/** Rates that fell by at least so much, and by more than noise explains; empty when nothing regressed. */
export function findRegressions({ overall, cells }: Comparison, { slowerBy }: FailOn): (ComparedRate | ComparedCell)[] {
  return [overall, ...cells].filter(({ verdict, ratio }) => verdict === 'slower' && ratio <= 1 - slowerBy);
}

/**
 * Reads `slower:5%`.
 *
 * @throws UsageError when the text is anything else.
 *
 * @example
 * parseFailOn('slower:5%').slowerBy; // 0.05
 */
export function parseFailOn(text: string): FailOn {
  const percent = Number(/^slower:(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (percent >= 0 && percent < 100) return { slowerBy: percent / 100 };
  throw new UsageError('bench.invalid_flag', `--fail-on is ${JSON.stringify(text)}; it must be like slower:5%`, {
    nextActions: ['for example: grpc-stream bench compare before.json after.json --fail-on slower:5%'],
  });
}
