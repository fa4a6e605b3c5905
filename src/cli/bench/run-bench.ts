import {
  type BenchFlags,
  type BenchProgress,
  findUnmet,
  parseExpectations,
  resolveBenchSettings,
  runScenarios,
  type UnmetExpectation,
} from '../../bench/index.js';
import { flagName } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import { formatScaled } from '../../report/index.js';
import type { BenchResult, BenchTable } from '../../results/index.js';
import type { CliContext } from '../context.js';
import { ExitCode } from '../exit.js';
import { type ApplyFlags, applyAdvice } from './apply-advice.js';
import { type BaselineFlags, benchAgainst, checkBaseline, compareWithBaseline } from './comparisons.js';
import { type PlannedRun, planRun } from './plan-run.js';
import { assertOneOnStdout, printResult, type ReportFlags, saveHistory, saveOut, writeReports } from './reports.js';
import { chooseTarget, type RemoteFlags, type TargetFlags } from './target.js';

/** The flags of `bench`; those of `BenchFlags` are parsed by the bench itself, which other programs call with the same texts. */
export interface BenchCommandFlags
  extends BenchFlags,
    TargetFlags,
    RemoteFlags,
    ReportFlags,
    BaselineFlags,
    ApplyFlags {
  readonly against?: string;
  readonly out?: string;
  readonly expect?: readonly string[];
  readonly resume?: string | true;
}

/** Measures, and shows, saves, applies and compares the result, as the flags say. */
export async function runBenchCommand(context: CliContext, flags: BenchCommandFlags): Promise<number | undefined> {
  assertNeeds(flags);
  assertOneOnStdout(flags, context);
  await checkBaseline(context, flags);
  if (flags.against !== undefined) return againstBuild(context, flags, flags.against);
  const run = await planRun(context, flags);
  const expectations = parseExpectations(flags.expect ?? [], run.settings.scenarios);
  const result = await measure(context, run);
  if (await saveHistory(context, result)) await run.journal.remove();
  const compared = await useResult(context, result, flags);
  const unmet = reportUnmet(context, findUnmet(result, expectations));
  return unmet === undefined || compared === ExitCode.regression ? compared : unmet;
}

/** Says which expectations were not met, and where. @returns The exit code of that; undefined when all were. */
function reportUnmet({ note }: CliContext, unmet: readonly UnmetExpectation[]): number | undefined {
  for (const { expectation, setting, value } of unmet) {
    const found = value === null ? 'too few reads to tell' : `it is ${formatScaled(value)}`;
    note(`✖ expected ${expectation.text}, and ${found} at ${setting}`);
  }
  return unmet.length === 0 ? undefined : ExitCode.regression;
}

type Name = keyof BenchCommandFlags;

/** Flags that have an effect only with one of others. */
const needs: readonly { readonly flags: readonly Name[]; readonly oneOf: readonly Name[] }[] = [
  { flags: ['service', 'tlsCa', 'tlsCert', 'tlsKey', 'tls', 'token'], oneOf: ['target'] },
  { flags: ['yes'], oneOf: ['apply'] },
  { flags: ['failOn'], oneOf: ['baseline', 'against'] },
  { flags: ['allowDifferentMachine'], oneOf: ['baseline'] },
];

/** Refuses flags that would have no effect: a token that is sent nowhere, a limit of no comparison. */
function assertNeeds(flags: BenchCommandFlags): void {
  for (const { flags: names, oneOf } of needs) {
    const given = names.find((name) => flags[name] !== undefined);
    if (given === undefined || oneOf.some((name) => flags[name] !== undefined)) continue;
    const others = oneOf.map(flagName).join(' or ');
    throw new UsageError('bench.flag_alone', `${flagName(given)} means nothing without ${others}`, {
      nextActions: [`add ${others}, or leave ${flagName(given)} out`],
    });
  }
}

async function againstBuild(context: CliContext, flags: BenchCommandFlags, folder: string): Promise<number> {
  const settings = resolveBenchSettings(flags);
  const { target } = await chooseTarget(context, flags);
  const exactRounds = flags.rounds !== undefined;
  return benchAgainst(context, { target, settings, exactRounds, folder, flags });
}

async function measure(context: CliContext, { settings, source, journal, open }: PlannedRun): Promise<BenchResult> {
  const { signal, cwd } = context;
  const progress = await showProgress(context, source);
  try {
    return await runScenarios({ settings, signal, cwd, journal, openExecutor: open, onProgress: progress.update });
  } catch (error) {
    progress.stop();
    if (journal.length > 0)
      context.note(`- the measurements so far are saved (${journal.length}); --resume continues after them`);
    throw error;
  } finally {
    progress.stop();
  }
}

/**
 * Shows a new result, writes, applies and compares it. It is shown first: what took minutes to measure is not lost where a disk is
 * full. The exit code is that of the comparison.
 */
async function useResult(
  context: CliContext,
  result: BenchResult,
  flags: BenchCommandFlags,
): Promise<number | undefined> {
  const { baseline, out } = flags;
  // One document on stdout: with a baseline, that is the comparison.
  if (baseline === undefined || !context.json) printResult(context, result, flags);
  if (out !== undefined) await saveOut(context, result, out);
  await writeReports(context, result, flags);
  if (flags.apply) await applyAdvice(context, result, flags);
  return baseline === undefined ? undefined : compareWithBaseline(context, result, { ...flags, baseline });
}

const preparing: Readonly<Record<BenchTable['source'], string>> = {
  demo: 'making and reading a table',
  project: 'reading the table without the server, to check every stream against it',
  server: 'reading the table once, to check every stream against it',
};

const phases: Readonly<Record<Exclude<BenchProgress['phase'], 'prepare'>, string>> = {
  memory: 'measuring memory, each setting on a new server',
  'warm-up': 'warming up',
  measure: 'measuring',
};

/** The progress of a bench, on stderr; off a terminal, one line for each phase, and for each round that is measured. */
async function showProgress(
  context: CliContext,
  source: BenchTable['source'],
): Promise<{ update(progress: BenchProgress): void; stop(): void }> {
  const names = { ...phases, prepare: preparing[source] };
  const spinner = (await context.spinner(names.prepare)).start();
  const said = new Set(['prepare']);
  return {
    update(progress) {
      const { phase } = progress;
      spinner.text = describe(progress, names[phase]);
      const part = phase === 'measure' ? `round ${progress.round}` : phase;
      if (said.has(part)) return;
      said.add(part);
      if (!spinner.isSpinning) context.note(`- ${phase === 'measure' ? spinner.text : names[phase]}`);
    },
    stop: () => void spinner.stop(),
  };
}

function describe(progress: BenchProgress, name: string): string {
  if (progress.phase !== 'measure') return `${name} ${percent(progress.done, progress.total)}`;
  const { round, rounds, isExtended, step, steps, etaMs } = progress;
  const left = `about ${Math.ceil(etaMs / 1000)} s left`;
  if (isExtended) return `${name}: round ${round} of at most ${rounds}, since fewer decide too little; ${left}`;
  return `${name}: round ${round} of ${rounds}, ${percent((round - 1) * steps + step, rounds * steps)}; ${left}`;
}

function percent(done: number, total: number): string {
  return total === 0 ? '' : `${Math.floor((done / total) * 100)}%`;
}
