import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchTarget } from '../../bench/index.js';
import { UsageError } from '../../errors/index.js';
import type { BenchSettings } from '../../results/index.js';
import type { CliContext } from '../context.js';
import { judgeComparison } from './judge.js';
import { tellPlanOfTwo } from './plan-run.js';

export interface AgainstOptions {
  /** What is judged. */
  readonly target: BenchTarget;
  readonly settings: BenchSettings;
  /** Whether so many rounds were asked for, and no more. */
  readonly exactRounds: boolean;
  /** Folder of the other build: a checkout of the project, or of this package for the demo. */
  readonly folder: string;
  readonly failOn: string | undefined;
}

/** Measures this build and another in turns, and exits with 10 when this one is slower beyond noise. */
export async function benchAgainst(context: CliContext, options: AgainstOptions): Promise<number> {
  const { compareResults, defaultFailOn, FEWEST_ROUNDS, openProcessExecutor, parseFailOn, runSideBySide } =
    await import('../../bench/index.js');
  const { target, settings, exactRounds } = options;
  const { signal } = context;
  if (settings.rounds < FEWEST_ROUNDS) throw fewRounds(settings, FEWEST_ROUNDS);
  const failOn = options.failOn === undefined ? defaultFailOn : parseFailOn(options.failOn);
  const folder = resolve(context.cwd, options.folder);
  const other = await otherBuild(folder, target);
  await tellPlanOfTwo(context, settings);
  const spinner = context.spinner('starting both builds').start();
  const { before, after } = await runSideBySide({
    settings,
    exactRounds,
    signal,
    openBefore: () => openProcessExecutor({ ...other, settings, signal }),
    openAfter: () => openProcessExecutor({ target, settings, signal }),
    onProgress: ({ phase, done, total }) => {
      spinner.text = phase === 'measure' ? `measuring: round ${done} of ${total}` : `${phase} ${done} of ${total}`;
    },
  }).finally(() => void spinner.stop());
  return judgeComparison(context, compareResults({ before, after, sideBySide: true }), failOn);
}

function fewRounds({ rounds }: BenchSettings, fewest: number): UsageError {
  return new UsageError('bench.few_rounds', `${rounds} rounds can tell no build from another, whatever they bring`, {
    nextActions: [`use --rounds ${fewest} or more, or leave --rounds out`],
  });
}

/** A project is read through its own code; the demo by the whole of the other package, runtime and all. */
async function otherBuild(folder: string, target: BenchTarget): Promise<{ target: BenchTarget; entries?: URL }> {
  const { demoTarget, processEntries, projectTarget } = await import('../../bench/index.js');
  if (target.source === 'demo') {
    const entries = processEntries(folder);
    if (!entries) throw noBuild(folder, 'npm run build');
    return { target: demoTarget(folder), entries };
  }
  const { loadProject } = await import('../../project/load-project.js');
  const project = await loadProject({ cwd: folder, configFile: undefined });
  if (!existsSync(join(project.generatedDir, 'services.ts'))) throw noBuild(folder, 'npx grpc-stream generate');
  return { target: projectTarget({ ...project, model: target.model, streaming: target.streaming }) };
}

function noBuild(folder: string, command: string): UsageError {
  return new UsageError('bench.no_build', `${folder} has no build to compare with`, {
    nextActions: [`run \`${command}\` there`, 'or name another folder with --against'],
  });
}
