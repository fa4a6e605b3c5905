import { relative, resolve } from 'node:path';
import { historyFile, readLatestResult, readResult, saveResult } from '../../bench/index.js';
import { replaceFile } from '../../disk/index.js';
import { messageOf, UsageError } from '../../errors/index.js';
import { renderBench, renderCsv, renderMarkdown, renderPrometheus } from '../../report/index.js';
import type { BenchResult } from '../../results/index.js';
import { type CliContext, terminalWindow } from '../context.js';
import { type ApplyFlags, applyAdvice } from './apply-advice.js';

/** Where a result goes; `true` is stdout. */
export interface ReportFlags {
  /** Every table and all advice on the terminal, not the answer alone. */
  readonly full?: boolean | undefined;
  readonly markdown?: string | true | undefined;
  readonly csv?: string | true;
  readonly prometheus?: string | true;
  readonly html?: string;
}

/** Shows a saved result, writes the reports of it that were asked for, and applies its advice. */
export async function reportSaved(
  context: CliContext,
  file: string | undefined,
  flags: ReportFlags & ApplyFlags,
): Promise<void> {
  assertOneOnStdout(flags, context);
  const result = await readResult(file === undefined ? await latestFile(context) : resolve(context.cwd, file));
  await writeReports(context, result, flags);
  printResult(context, result, flags);
  if (flags.apply) await applyAdvice(context, result, flags);
}

async function latestFile({ cwd }: CliContext): Promise<string> {
  const latest = await readLatestResult(cwd);
  if (latest) return latest.file;
  throw new UsageError('bench.no_history', `there is no result in ${cwd}/.grpc-stream/bench`, {
    nextActions: ['run `npx grpc-stream bench` first, or name a file'],
  });
}

const TEXTS = { markdown: renderMarkdown, csv: renderCsv, prometheus: renderPrometheus } as const;
const FORMATS = ['markdown', 'csv', 'prometheus'] as const;

/** Fails before any measurement when two reports would mix on stdout. */
export function assertOneOnStdout(
  flags: Partial<Pick<ReportFlags, (typeof FORMATS)[number]>>,
  { json }: Pick<CliContext, 'json'>,
): void {
  const onStdout = [
    ...(json ? ['--json'] : []),
    ...FORMATS.filter((name) => flags[name] === true).map((name) => `--${name}`),
  ];
  if (onStdout.length < 2) return;
  throw new UsageError('bench.one_stdout', `${onStdout.join(' and ')} would both go to stdout`, {
    nextActions: [`name a file for all but one, such as ${onStdout.at(-1)} report.txt`],
  });
}

/** Writes the reports of the flags. */
export async function writeReports(context: CliContext, result: BenchResult, flags: ReportFlags): Promise<void> {
  for (const format of FORMATS) {
    const place = flags[format];
    if (place === undefined) continue;
    const text = TEXTS[format](result);
    if (place === true) context.print(text.trimEnd());
    else await writeReport(context, place, text);
  }
  if (flags.html === undefined) return;
  // Loads a drawing library that nothing else needs.
  const { renderHtml } = await import('../../report/html/render-html.js');
  await writeReport(context, flags.html, renderHtml(result));
}

/** Prints the result itself, as tables or as JSON, unless one of its reports went to stdout. */
export function printResult(context: CliContext, result: BenchResult, flags: ReportFlags): void {
  if (context.json) context.print(JSON.stringify(result));
  else if (!FORMATS.some((format) => flags[format] === true))
    context.print(renderBench(result, { ...terminalWindow(), full: flags.full }));
}

/** Writes a report to the file that a flag names. @throws EnvironmentError when it cannot be written. */
export async function writeReport({ cwd, note }: CliContext, path: string, text: string): Promise<void> {
  await replaceFile(resolve(cwd, path), text, { nextActions: ['choose a place that can be written to'] });
  note(`✔ wrote ${path}`);
}

/**
 * Saves the result in the project's history. If the folder cannot be written to, it only warns.
 *
 * @returns Whether the result is on disk.
 */
export async function saveHistory({ cwd, note }: CliContext, result: BenchResult): Promise<boolean> {
  const file = historyFile(cwd, result);
  try {
    await saveResult(file, result);
    note(`✔ saved to ${relative(cwd, file)}`);
    return true;
  } catch (error) {
    note(`warning not saved: ${messageOf(error)}`);
    return false;
  }
}

/** Saves the result where `--out` says. @throws EnvironmentError when it cannot be written. */
export async function saveOut({ cwd, note }: CliContext, result: BenchResult, out: string): Promise<void> {
  await saveResult(resolve(cwd, out), result);
  note(`✔ wrote ${out}`);
}
