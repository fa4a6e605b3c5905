import { join } from 'node:path';
import type { BenchFlags, BenchOptions, Journal } from '../../bench/index.js';
import { UsageError } from '../../errors/index.js';
import type { BenchSettings } from '../../model/index.js';
import type { CliContext } from '../context.js';
import { chooseTarget, type TargetFlags } from './choose-target.js';
import { type RemoteFlags, remoteServer, settingsFromOutside } from './remote-server.js';

export interface RunFlags extends BenchFlags, TargetFlags, RemoteFlags {
  readonly resume?: string | true | undefined;
}

/** A bench that was thought through: what it measures, on what, and where it keeps that meanwhile. */
export interface PlannedRun {
  readonly settings: BenchSettings;
  readonly journal: Journal;
  readonly open: BenchOptions['openExecutor'];
}

/** @throws UsageError when a flag is wrong, the plan absurd, or there is nothing to go on with. */
export async function planRun(context: CliContext, flags: RunFlags): Promise<PlannedRun> {
  const { resolveBenchSettings } = await import('../../bench/index.js');
  if (flags.resume !== undefined) return resumedRun(context, flags, flags.resume);
  const asked = resolveBenchSettings(flags);
  const settings = flags.target === undefined ? asked : await settingsFromOutside(asked, flags.scenario, context);
  const open = await executorOf(context, flags, settings);
  await tellPlan(context, settings, flags.target === undefined);
  return { settings, journal: await newJournal(context), open };
}

/** The settings are those of the run that was interrupted; only its time is counted anew. */
async function resumedRun(context: CliContext, flags: RunFlags, resume: string | true): Promise<PlannedRun> {
  const { latestJournal, reopenJournal, resolveBenchSettings } = await import('../../bench/index.js');
  const given = settingFlags.find((flag) => flags[flag] !== undefined);
  if (given !== undefined) throw cannotChange(given);
  const folder = historyFolder(context);
  const file = resume === true ? await latestJournal(folder) : resume;
  if (file === undefined) throw nothingToResume(folder);
  const journal = await reopenJournal({ file, onFailure: (message) => context.note(`warning ${message}`) });
  const { maxTimeSeconds } = flags.maxTime === undefined ? journal.run.settings : resolveBenchSettings(flags);
  const settings = { ...journal.run.settings, maxTimeSeconds };
  const [source, model] = journal.run.target.split(' ');
  const target = {
    ...flags,
    demo: source === 'demo',
    model: flags.model ?? (source === 'project' ? model : undefined),
  };
  context.note(`- going on with the bench of ${journal.startedAt}: ${counted(journal.length)} there`);
  return { settings, journal, open: await executorOf(context, target, settings) };
}

function counted(measurements: number): string {
  return measurements === 1 ? 'one measurement is' : `${measurements} measurements are`;
}

/** All that decides what is measured. */
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
  'pace',
  'rate',
  'rounds',
  'precision',
  'seed',
  'quick',
] as const;

function cannotChange(flag: string): UsageError {
  const name = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return new UsageError(
    'bench.cannot_resume',
    `--resume goes on with the settings that were; ${name} would change them`,
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

async function executorOf(
  context: CliContext,
  flags: RunFlags,
  settings: BenchSettings,
): Promise<BenchOptions['openExecutor']> {
  const { openProcessExecutor, openTargetExecutor } = await import('../../bench/index.js');
  const { signal } = context;
  if (flags.target !== undefined) {
    const remote = await remoteServer(context, { ...flags, target: flags.target });
    return () => openTargetExecutor({ remote, settings, signal });
  }
  const target = await chooseTarget(context, flags);
  return (onPrepare) => openProcessExecutor({ target, settings, signal, onPrepare });
}

async function newJournal(context: CliContext): Promise<Journal> {
  const { createJournal, journalFile } = await import('../../bench/index.js');
  const startedAt = new Date().toISOString();
  const onFailure = (message: string) => context.note(`warning ${message}`);
  return createJournal({ file: journalFile(context.cwd, { startedAt }), startedAt, onFailure });
}

/** Said before anything is begun, so that who mistyped a range can still stop it. */
async function tellPlan({ note }: CliContext, settings: BenchSettings, isOurs: boolean): Promise<void> {
  const { expectDuration } = await import('../../bench/index.js');
  const { cells, fresh, totalSeconds } = expectDuration(settings);
  const rounds =
    settings.precision === null
      ? `at most ${settings.rounds} ${settings.rounds === 1 ? 'round' : 'rounds'}`
      : `rounds to ±${settings.precision * 100}%`;
  const servers = isOurs && fresh > 0 ? `, ${fresh} fresh servers` : '';
  const time = totalSeconds < 90 ? `${Math.ceil(totalSeconds)} s` : `${Math.ceil(totalSeconds / 60)} min`;
  note(`- plan: ${settings.scenarios.join(', ')}: ${cells} settings in ${rounds}${servers}; about ${time}`);
}

function historyFolder({ cwd }: CliContext): string {
  return join(cwd, '.grpc-stream', 'bench');
}
