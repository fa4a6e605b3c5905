import type { BenchSetting } from '../../results/index.js';
import type { RatedCell, RatedRun } from '../comparison/rated-run.js';
import type { CellPair } from '../comparison/round-differences.js';
import { describeEnvironment } from '../environment/environment.js';
import type { Executor } from '../rounds/executor.js';
import { describeSetting } from '../scenarios/planned-cell.js';
import { median } from '../statistics/statistics.js';

type Sample = RatedCell['samples'][number];

/** One of two builds, and its rates so far, by setting. */
export interface Side {
  readonly executor: Executor;
  readonly samples: Map<string, Sample[]>;
}

export function addSample({ samples }: Side, setting: BenchSetting, sample: Sample): void {
  const name = describeSetting(setting);
  samples.set(name, [...(samples.get(name) ?? []), sample]);
}

/** What both measured so far. */
export function pairsOf(before: Side, after: Side): CellPair[] {
  return [...before.samples].map(([name, samples]): CellPair => {
    return [{ samples }, { samples: after.samples.get(name) ?? [] }];
  });
}

export interface Ran extends Pick<RatedRun, 'startedAt' | 'rounds'> {
  readonly plan: readonly BenchSetting[];
  /** Where the repository is whose commit is noted. */
  readonly cwd: string;
}

/** What a side measured, as a run of its own. */
export async function rateSide({ executor, samples }: Side, { startedAt, rounds, plan, cwd }: Ran): Promise<RatedRun> {
  const cells = plan.map((setting) => {
    const own = samples.get(describeSetting(setting)) ?? [];
    return { ...setting, rowsPerSecond: median(own.map(({ rowsPerSecond }) => rowsPerSecond)), samples: own };
  });
  const [table] = executor.tables;
  return { startedAt, rounds, environment: await describeEnvironment(executor, cwd), table, cells, warnings: [] };
}
