import { relative, resolve } from 'node:path';
import { UsageError } from '../../errors/index.js';
import { packageRoot } from '../../project/own-package.js';
import {
  findSchema,
  installPackages,
  isEmptyFolder,
  type PackageManager,
  type PlannedFile,
  type ProjectPlan,
  packageManagerOf,
  planProject,
  type ScaffoldProvider,
  scaffoldProviders,
  writeProject,
} from '../../scaffold/index.js';
import type { CliContext } from '../context.js';
import { Prompt } from '../prompt.js';
import { unifiedDiff } from '../unified-diff.js';

/** The flags of `init`. */
export interface InitFlags {
  readonly provider?: ScaffoldProvider;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly updateSchema?: boolean;
  /** `--no-install` */
  readonly install: boolean;
}

/** Plans a project, shows the plan, and carries it out. */
export async function runInit(context: CliContext, dir: string | undefined, flags: InitFlags): Promise<void> {
  const questions = interview(context, flags);
  const folder = resolve(context.cwd, dir ?? (await questions.folder()));
  const provider = flags.provider ?? (await questions.provider(folder));
  const { force, updateSchema } = flags;
  const plan = await planProject({ folder, packageRoot: packageRoot(), provider, force, updateSchema });
  const manager = packageManagerOf(folder);
  if (!context.json) await printPlan(context, plan);
  if (flags.dryRun) return printResult(context, { plan, manager, dryRun: true, installed: false });
  if (!(await questions.confirm(folder))) return context.note('nothing was written');
  await writeProject(plan, { signal: context.signal });
  if (flags.install) await install(context, folder, manager);
  printResult(context, { plan, manager, dryRun: false, installed: flags.install });
}

/** Questions about what the flags leave open; each question has a flag that answers it. */
interface Interview {
  /** The `[dir]` argument. */
  folder(): Promise<string>;
  /** `--provider`; none where the project's own schema has one. */
  provider(folder: string): Promise<ScaffoldProvider | undefined>;
  /** `--yes`: whether to carry out the plan, which has been shown. */
  confirm(folder: string): Promise<boolean>;
}

/** Asks on a terminal, and takes the defaults anywhere else. */
function interview(context: CliContext, flags: InitFlags): Interview {
  const mayAsk = process.stdin.isTTY && process.stderr.isTTY && !context.json && !flags.yes;
  return mayAsk ? askOnTerminal(new Prompt(context.signal)) : takeDefaults(context, flags);
}

function askOnTerminal(prompt: Prompt): Interview {
  return {
    folder: () => prompt.text('Folder of the project', '.'),
    provider: async (folder) => ((await findSchema(folder)) ? undefined : prompt.choice('Database', scaffoldProviders)),
    confirm: () => prompt.confirm('Go ahead?'),
  };
}

function takeDefaults(context: CliContext, { yes }: InitFlags): Interview {
  return {
    folder: async () => '.',
    provider: async () => undefined,
    confirm: async (folder) => {
      if (yes) return true;
      if (!(await isEmptyFolder(folder))) throw noTerminal(folder);
      context.note('no terminal to ask on: the defaults are taken, as with --yes');
      return true;
    },
  };
}

function noTerminal(folder: string): UsageError {
  return new UsageError('init.not_empty', `${folder} is not empty, and there is no terminal to ask on`, {
    nextActions: ['see what would be done with --dry-run', 'go ahead with --yes; files of yours are kept'],
  });
}

/** Prints a line a file on stdout, and what was found in the folder on stderr. */
async function printPlan(context: CliContext, { found, files }: ProjectPlan): Promise<void> {
  for (const line of found) context.note(`found ${line}`);
  for (const file of files) {
    context.print(planLine(file));
    if (file.before !== undefined)
      context.print(await unifiedDiff({ kind: 'update', before: file.before, after: file.content }, file.path));
  }
}

function planLine({ action, path, detail }: PlannedFile): string {
  return `${action.padEnd('overwrite'.length)} ${path}${detail === undefined ? '' : ` (${detail})`}`;
}

async function install(context: CliContext, folder: string, manager: PackageManager): Promise<void> {
  const spinner = (await context.spinner(`${manager.name} install`)).start();
  try {
    await installPackages({ folder, manager, signal: context.signal });
    spinner.succeed(`${manager.name} install`);
  } catch (error) {
    spinner.fail(`${manager.name} install`);
    throw error;
  }
}

interface InitResult {
  readonly plan: ProjectPlan;
  readonly manager: PackageManager;
  readonly dryRun: boolean;
  readonly installed: boolean;
}

/** Says what is left to do; under `--json`, prints the whole result as one document. */
function printResult(context: CliContext, result: InitResult): void {
  const next = nextCommands(context.cwd, result);
  if (context.json) context.print(JSON.stringify(toJson(result, next), null, 2));
  else printRemarks(context, result, next);
}

function printRemarks(context: CliContext, { plan, dryRun }: InitResult, next: readonly string[]): void {
  for (const line of plan.advice) context.note(`note ${line}`);
  if (dryRun) context.note('nothing was written; leave out --dry-run to do it');
  else context.note(['', 'Next:', ...next.map((command) => `  ${command}`)].join('\n'));
}

function toJson({ plan, dryRun, installed }: InitResult, next: readonly string[]): object {
  const { folder, kind, provider, found, advice } = plan;
  const files = plan.files.map(({ path, action, detail }) => ({ path, action, detail }));
  return { folder, kind, provider, dryRun, installed, files, found, advice, next };
}

function nextCommands(cwd: string, { plan, manager, installed }: InitResult): string[] {
  const command = `${manager.exec} grpc-stream`;
  return [
    ...(plan.folder === cwd ? [] : [`cd ${quoted(shorter(relative(cwd, plan.folder), plan.folder))}`]),
    ...(installed ? [] : [`${manager.name} install`]),
    `${command} generate`,
    ...databaseCommands(plan, manager.exec),
    `${command} serve`,
    `${command} bench`,
  ];
}

/** An existing project's database is not ours to fill. MySQL's tables are made by Prisma alone. */
function databaseCommands({ kind, provider }: ProjectPlan, exec: string): string[] {
  if (kind === 'existing') return [];
  const seed = `${exec} grpc-stream seed --rows 10000`;
  return provider === 'mysql' ? [`${exec} prisma db push`, seed] : [seed];
}

function shorter(a: string, b: string): string {
  return a.length < b.length ? a : b;
}

function quoted(path: string): string {
  return /^[\w./\\:@~+-]+$/.test(path) ? path : JSON.stringify(path);
}
