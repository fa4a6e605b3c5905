import { join } from 'node:path';
import {
  type BenchFlags,
  createJournal,
  expectDuration,
  type Journal,
  journalFile,
  latestJournal,
  openProcessExecutor,
  openRemoteExecutor,
  type RunScenariosOptions,
  reopenJournal,
  resolveBenchSettings,
  withConfigured,
} from '../../bench/index.js';
import { flagName, type StreamingSettings } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import { wrapText } from '../../report/index.js';
import type { BenchSettings, BenchTable } from '../../results/index.js';
import { type CliContext, counted } from '../context.js';
import { chooseTarget, type RemoteFlags, remoteServer, settingsFromOutside, type TargetFlags } from './target.js';

interface RunFlags extends BenchFlags, TargetFlags, RemoteFlags {
  readonly resume?: string | true | undefined;
}

/** A bench that can begin: its settings, its target, and the journal of its measurements. */
export interface PlannedRun {
  readonly settings: BenchSettings;
  readonly source: BenchTable['source'];
  readonly journal: Journal;
  readonly open: RunScenariosOptions['openExecutor'];
}

/** @throws UsageError when a flag is wrong, the plan cannot be measured, or there is nothing to resume. */
export async function planRun(context: CliContext, flags: RunFlags): Promise<PlannedRun> {
  if (flags.resume !== undefined) return resumedRun(context, flags, flags.resume);
  const asked = resolveBenchSettings(flags);
  const settings = flags.target === undefined ? asked : settingsFromOutside(asked, flags.scenario, context);
  const opening = await openingOf(context, flags, settings);
  const { source, rows, streaming } = opening;
  const tableRows = rows ?? settings.rows;
  const planned = {
    ...(streaming === null ? settings : withConfigured(settings, configuredIn(streaming), tableRows)),
    given: { ...givenTarget(flags), ...settings.given },
  };
  printPlan(context, { ...planned, rows: Math.min(planned.rows, tableRows) });
  return { settings: planned, source, journal: await newJournal(context), open: opening.openWith(planned) };
}

/** The settings are those of the interrupted run; only its time starts again. */
async function resumedRun(context: CliContext, flags: RunFlags, resume: string | true): Promise<PlannedRun> {
  const given = settingFlags.find((flag) => flags[flag] !== undefined);
  if (given !== undefined) throw cannotChange(flagName(given));
  const folder = historyFolder(context);
  const file = resume === true ? await latestJournal(folder) : resume;
  if (file === undefined) throw nothingToResume(folder);
  const journal = await reopenJournal({ file, onFailure: (message) => context.note(`warning ${message}`) });
  const { maxTimeSeconds } = flags.maxTime === undefined ? journal.run.settings : resolveBenchSettings(flags);
  const settings = { ...journal.run.settings, maxTimeSeconds };
  const target = { ...flags, ...resumedTarget(journal.run.target, flags) };
  context.note(`- going on with the bench of ${journal.startedAt}: ${measurementsAre(journal.length)} there`);
  const { openWith, source } = await openingOf(context, target, settings);
  return { settings, source, journal, open: openWith(settings) };
}

/** The journal has the target of an interrupted bench, but no token or certificate for a remote server. */
function resumedTarget(read: string, { target, model }: RunFlags): TargetFlags {
  const [source, ofModel, address] = read.split(' ');
  if (source === 'server' && target === undefined) throw nameTarget(address ?? 'host:port');
  return source === 'demo' ? { demo: true } : { model: model ?? ofModel };
}

function nameTarget(address: string): UsageError {
  return new UsageError('bench.cannot_resume', `the bench that was interrupted read from the server at ${address}`, {
    nextActions: [`name it again: --resume --target ${address}, with the --token, --tls and --service that it had`],
  });
}

function measurementsAre(measurements: number): string {
  return measurements === 1 ? 'one measurement is' : `${measurements} measurements are`;
}

/** The flags that decide what is measured. */
const settingFlags = [
  'scenario',
  'chunk',
  'checkInterval',
  'batch',
  'rows',
  'rowBytes',
  'clients',
  'partitions',
  'rtt',
  'window',
  'consistency',
  'compression',
  'pace',
  'rate',
  'rounds',
  'precision',
  'seed',
  'quick',
] as const;

function cannotChange(name: string): UsageError {
  return new UsageError(
    'bench.cannot_resume',
    `--resume continues with the settings of the interrupted bench; ${name} would change them`,
    {
      nextActions: [`leave ${name} out, or run a new bench without --resume`],
    },
  );
}

function nothingToResume(folder: string): UsageError {
  return new UsageError('bench.nothing_to_resume', `no bench was interrupted here: ${folder} has no *.partial.jsonl`, {
    nextActions: ['run a new bench without --resume, or name the file that one left'],
  });
}

function configuredIn({ chunkSize, cancellationCheckInterval }: StreamingSettings) {
  return { chunkSize, cancellationCheckInterval };
}

/** The flags that choose what is read, as they were typed. A token is secret, and left out. */
function givenTarget(flags: RunFlags): Record<string, string> {
  const names = ['model', 'target', 'service', 'tlsCa', 'tlsCert', 'tlsKey'] as const;
  const switches = (['demo', 'tls'] as const).filter((name) => flags[name]);
  return Object.fromEntries([
    ...switches.map((name) => [name, '']),
    ...names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  ]);
}

interface Opening {
  readonly openWith: (settings: BenchSettings) => RunScenariosOptions['openExecutor'];
  /** What the project's configuration says; null for a server elsewhere. */
  readonly streaming: StreamingSettings | null;
  readonly source: BenchTable['source'];
  /** The rows of a project's table; null if unknown, and for the demo. */
  readonly rows: number | null;
}

async function openingOf(context: CliContext, flags: RunFlags, settings: BenchSettings): Promise<Opening> {
  const { signal } = context;
  if (flags.target !== undefined) {
    const remote = await remoteServer(context, { ...flags, target: flags.target });
    const openWith = (planned: BenchSettings) => () => openRemoteExecutor({ remote, settings: planned, signal });
    return { openWith, streaming: null, source: 'server', rows: null };
  }
  const { target, rows } = await chooseTarget(context, flags);
  if (rows !== null) assertMeasurable(settings, rows);
  return {
    openWith: (planned) => (onPrepare) => openProcessExecutor({ target, settings: planned, signal, onPrepare }),
    streaming: target.streaming,
    source: target.source,
    rows,
  };
}

async function newJournal(context: CliContext): Promise<Journal> {
  const startedAt = new Date().toISOString();
  const onFailure = (message: string) => context.note(`warning ${message}`);
  return createJournal({ file: journalFile(context.cwd, { startedAt }), startedAt, onFailure });
}

function historyFolder({ cwd }: CliContext): string {
  return join(cwd, '.grpc-stream', 'bench');
}

/** Refuses flags that a project's table does not support, before any measurement. */
function assertMeasurable({ loads, rows, scenarios }: BenchSettings, tableRows: number): void {
  if (loads.rowBytes !== null) {
    throw new UsageError('bench.not_ours', '--row-bytes makes rows, and your project’s table has its own', {
      nextActions: ['leave it out, or give it with --demo'],
    });
  }
  const inParts = scenarios.includes('partitions') || (loads.partitions?.some((count) => count > 1) ?? false);
  if (!inParts || rows >= tableRows) return;
  throw new UsageError(
    'bench.part_of_table',
    `partitions are those of the whole table, which has ${tableRows} rows; --rows is ${rows}`,
    { nextActions: [`give --rows ${tableRows}, or leave partitions out`] },
  );
}

/** Printed before the bench begins, so that the user can stop it after a typing mistake. */
function printPlan({ note }: CliContext, settings: BenchSettings): void {
  const { cells, fresh, rounds, totalSeconds } = expectDuration(settings);
  const what = [
    ...(cells > 0 ? [`${counted(cells, 'setting')} in ${roundsText(settings, rounds)}`] : []),
    ...(fresh > 0 ? [`${counted(fresh, 'new server')} for memory`] : []),
  ];
  const text = `- plan: ${settings.scenarios.join(', ')}: ${what.join(', and ')}; about ${timeText(totalSeconds)}`;
  note(wrapText(text, { hanging: '  ' }));
}

/** Prints the plan of two builds that are measured in turns. */
export function printPlanOfTwo({ note }: CliContext, settings: BenchSettings): void {
  const { cells, rounds, roundSeconds } = expectDuration({ ...settings, scenarios: ['throughput'] });
  const seconds = Math.min(settings.maxTimeSeconds, STARTING_SECONDS + 2 * rounds * roundSeconds);
  note(
    `- plan: two builds in turns: ${counted(cells, 'setting')} in ${roundsText(settings, rounds)}; about ${timeText(seconds)}`,
  );
}

/** Servers, tables and a warm-up, twice. */
const STARTING_SECONDS = 10;

function roundsText({ precision }: BenchSettings, rounds: number): string {
  if (precision !== null) return `as many rounds as ±${precision * 100}% takes`;
  return rounds === 1 ? 'one round' : `at most ${rounds} rounds`;
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
