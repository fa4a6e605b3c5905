import { resolve } from 'node:path';
import type { BenchResult } from '../../results/index.js';
import type { CliContext } from '../context.js';
import { judgeComparison } from './judge.js';

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
