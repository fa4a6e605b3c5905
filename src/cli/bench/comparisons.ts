import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  assertSameMachine,
  type BenchTarget,
  compareResults,
  defaultFailOn,
  demoTarget,
  type FailOn,
  FEWEST_ROUNDS,
  type Judgement,
  judgeComparison,
  openProcessExecutor,
  parseFailOn,
  processEntries,
  projectTarget,
  ratedRun,
  readResult,
  runSideBySide,
} from '../../bench/index.js';
import { assertNever, UsageError } from '../../errors/index.js';
import { loadProject } from '../../project/load-project.js';
import { loadStreamedSchema } from '../../project/streamed-schema.js';
import { renderComparison, renderComparisonMarkdown } from '../../report/index.js';
import type { BenchResult, BenchSettings, Comparison } from '../../results/index.js';
import { modelNamed } from '../../seed/index.js';
import { type CliContext, terminalWindow } from '../context.js';
import { ExitCode } from '../exit.js';
import { printPlanOfTwo } from './plan-run.js';
import { assertOneOnStdout, writeReport } from './reports.js';

interface CompareFlags {
  readonly failOn?: string;
  readonly allowDifferentMachine?: boolean;
  /** Also the settings at which nothing changed. */
  readonly full?: boolean | undefined;
  /** Where the comparison goes as Markdown; `true` is stdout. */
  readonly markdown?: string | true | undefined;
}

export interface BaselineFlags extends CompareFlags {
  readonly baseline?: string;
}

/** Compares two saved results; 10 when the second is slower by as much as `--fail-on` says. */
export async function compareSaved(
  context: CliContext,
  before: string,
  after: string,
  flags: CompareFlags,
): Promise<number> {
  assertOneOnStdout(flags, context);
  const failOn = flags.failOn === undefined ? undefined : parseFailOn(flags.failOn);
  const comparison = compareResults({
    before: ratedRun(await readResult(resolve(context.cwd, before))),
    after: ratedRun(await readResult(resolve(context.cwd, after))),
    allowDifferentMachine: flags.allowDifferentMachine ?? false,
  });
  return judge(context, comparison, { ...flags, failOn });
}

/** Refuses what could not be compared later, before minutes are spent on measuring. */
export async function checkBaseline({ cwd }: CliContext, flags: BaselineFlags): Promise<void> {
  if (flags.failOn !== undefined) parseFailOn(flags.failOn);
  if (flags.baseline === undefined) return;
  const baseline = await readResult(resolve(cwd, flags.baseline));
  if (!flags.allowDifferentMachine) assertSameMachine(baseline);
}

/** Compares a new result with a saved one; 10 when it is slower beyond noise by as much as `--fail-on` says. */
export async function compareWithBaseline(
  context: CliContext,
  after: BenchResult,
  { baseline, failOn, full, allowDifferentMachine = false }: BaselineFlags & { readonly baseline: string },
): Promise<number> {
  const before = ratedRun(await readResult(resolve(context.cwd, baseline)));
  const comparison = compareResults({ before, after: ratedRun(after), allowDifferentMachine });
  return judge(context, comparison, { failOn: failOn === undefined ? defaultFailOn : parseFailOn(failOn), full });
}

interface AgainstOptions {
  /** The build that is compared with the other. */
  readonly target: BenchTarget;
  readonly settings: BenchSettings;
  /** Whether exactly this many rounds were asked for. */
  readonly exactRounds: boolean;
  /** Folder of the other build: a checkout of the project, or of this package for the demo. */
  readonly folder: string;
  readonly flags: CompareFlags;
}

/** Measures this build and another in turns; 10 when this one is slower beyond noise. */
export async function benchAgainst(context: CliContext, options: AgainstOptions): Promise<number> {
  const { target, settings, exactRounds, flags } = options;
  const { signal } = context;
  if (settings.rounds < FEWEST_ROUNDS) throw fewRounds(settings);
  const failOn = flags.failOn === undefined ? defaultFailOn : parseFailOn(flags.failOn);
  const other = await otherBuild(resolve(context.cwd, options.folder), target);
  printPlanOfTwo(context, settings);
  const spinner = (await context.spinner('starting both builds')).start();
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
  return judge(context, compareResults({ before, after, sideBySide: true }), { ...flags, failOn });
}

function fewRounds({ rounds }: BenchSettings): UsageError {
  return new UsageError('bench.few_rounds', `${rounds} rounds are too few to tell two builds apart`, {
    nextActions: [`use --rounds ${FEWEST_ROUNDS} or more, or leave --rounds out`],
  });
}

/** A project is read through its own code; the demo by the whole of the other package, runtime and all. */
async function otherBuild(folder: string, target: BenchTarget): Promise<{ target: BenchTarget; entries?: URL }> {
  if (target.source === 'demo') {
    const entries = processEntries(folder);
    if (!entries) throw noBuild(folder, 'npm run build');
    return { target: demoTarget(folder), entries };
  }
  const project = await loadProject({ cwd: folder });
  if (!existsSync(join(project.generatedDir, 'services.ts'))) throw noBuild(folder, 'npx grpc-stream generate');
  const model = modelNamed(target.model, await loadStreamedSchema(project));
  return { target: projectTarget({ ...project, model, streaming: target.streaming }) };
}

function noBuild(folder: string, command: string): UsageError {
  return new UsageError('bench.no_build', `${folder} has no build to compare with`, {
    nextActions: [`run \`${command}\` there`, 'or name another folder with --against'],
  });
}

interface JudgeOptions {
  /** The limit; none where nothing is to fail. */
  readonly failOn: FailOn | undefined;
  readonly full?: boolean | undefined;
  readonly markdown?: string | true | undefined;
}

/** Prints a comparison. 10 when something is slower by as much as the limit, 12 when nothing could be decided; 0 otherwise, or where there is no limit. */
async function judge(
  context: CliContext,
  comparison: Comparison,
  { failOn, full, markdown }: JudgeOptions,
): Promise<number> {
  const judgement = judgeComparison(comparison, failOn ?? defaultFailOn);
  const { outcome, regressions, why } = judgement;
  if (context.json) context.print(JSON.stringify({ ...comparison, outcome, why, regressions }));
  else if (markdown === true) context.print(renderComparisonMarkdown(comparison).trimEnd());
  else context.print(renderComparison(comparison, { ...terminalWindow(), full }));
  if (typeof markdown === 'string') await writeReport(context, markdown, renderComparisonMarkdown(comparison));
  if (failOn === undefined) return ExitCode.ok;
  context.note(verdictOf(judgement, comparison, failOn));
  if (outcome === 'no-regression') return ExitCode.ok;
  return outcome === 'regression' || failOn.undecided ? ExitCode.regression : ExitCode.undecided;
}

function verdictOf({ outcome, regressions, why }: Judgement, { design, cells }: Comparison, failOn: FailOn): string {
  const limit = `${failOn.slowerBy * 100}%`;
  switch (outcome) {
    case 'no-regression':
      return `✔ no regression of ${limit} or more`;
    case 'regression':
      return `✖ regression: ${regressions.length} of ${cells.length + 2} rates fell by ${limit} or more`;
    case 'not-decided':
      return [`? not decided: ${why}`, ...waysToDecide(design).map((way) => `  → ${way}`)].join('\n');
    default:
      return assertNever(outcome);
  }
}

function waysToDecide(design: Comparison['design']): string[] {
  const longer = 'measure longer: more --rounds, and a --max-time that has room for them';
  if (design === 'side-by-side') return [longer, 'stop other work on the machine'];
  return [
    'measure both builds in turns, which other work affects alike: npx grpc-stream bench --against FOLDER',
    `${longer}, both times`,
  ];
}
