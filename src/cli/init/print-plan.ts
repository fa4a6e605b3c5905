import { relative } from 'node:path';
import type { PackageManager, PlannedFile, ProjectPlan } from '../../scaffold/index.js';
import type { CliContext } from '../context.js';

/** Prints a line a file on stdout, and what was found in the folder on stderr. */
export function printPlan(context: CliContext, { found, files }: ProjectPlan): void {
  for (const line of found) context.note(`found ${line}`);
  for (const file of files) context.print(planLine(file));
}

function planLine({ action, path, detail }: PlannedFile): string {
  return `${action.padEnd('overwrite'.length)} ${path}${detail === undefined ? '' : ` (${detail})`}`;
}

export interface InitResult {
  readonly plan: ProjectPlan;
  readonly manager: PackageManager;
  readonly dryRun: boolean;
  readonly installed: boolean;
}

/** Says what is left to do; under `--json`, prints the whole result as one document. */
export function printResult(context: CliContext, result: InitResult): void {
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

/** Someone's own database is not for us to fill. Prisma alone makes MySQL's tables. */
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
