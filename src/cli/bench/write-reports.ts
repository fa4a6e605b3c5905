import { relative, resolve } from 'node:path';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import type { BenchResult } from '../../results/index.js';
import { type CliContext, terminalColor } from '../context.js';

/** Where a result is to go; `true` is stdout. */
export interface ReportFlags {
  readonly markdown?: string | true;
  readonly csv?: string | true;
  readonly prometheus?: string | true;
  readonly html?: string;
}

type Format = keyof ReportFlags;

/** Fails before anything is measured, when two reports would mix on stdout. */
export function assertOneOnStdout(flags: ReportFlags, { json }: Pick<CliContext, 'json'>): void {
  const formats: readonly Format[] = ['markdown', 'csv', 'prometheus'];
  const onStdout = [
    ...(json ? ['--json'] : []),
    ...formats.filter((name) => flags[name] === true).map((name) => `--${name}`),
  ];
  if (onStdout.length < 2) return;
  throw new UsageError('bench.one_stdout', `${onStdout.join(' and ')} would both go to stdout`, {
    nextActions: [`name a file for all but one, such as ${onStdout.at(-1)} report.txt`],
  });
}

/** Writes the reports that were asked for. */
export async function writeReports(context: CliContext, result: BenchResult, flags: ReportFlags): Promise<void> {
  const { renderCsv, renderMarkdown, renderPrometheus } = await import('../../report/index.js');
  const texts = { markdown: renderMarkdown, csv: renderCsv, prometheus: renderPrometheus } as const;
  for (const format of ['markdown', 'csv', 'prometheus'] as const) {
    const place = flags[format];
    if (place === undefined) continue;
    const text = texts[format](result);
    if (place === true) context.print(text.trimEnd());
    else await writeReport(context, place, text);
  }
  if (flags.html !== undefined) {
    // Loads a drawing library that nothing else needs.
    const { renderHtml } = await import('../../report/html/render-html.js');
    await writeReport(context, flags.html, renderHtml(result));
  }
}

/** Prints the result itself, as tables or as JSON, unless one of its reports has taken stdout. */
export async function printResult(
  context: CliContext,
  result: BenchResult,
  { markdown, csv, prometheus }: ReportFlags,
): Promise<void> {
  if (context.json) return context.print(JSON.stringify(result));
  if ([markdown, csv, prometheus].includes(true)) return;
  const { renderBench } = await import('../../report/index.js');
  context.print(renderBench(result, { color: terminalColor() }));
}

async function writeReport({ cwd, note }: CliContext, path: string, text: string): Promise<void> {
  const { replaceFile } = await import('../../disk/index.js');
  const file = resolve(cwd, path);
  try {
    await replaceFile(file, text);
  } catch (cause) {
    throw new EnvironmentError('bench.unwritable', `the report cannot be written to ${file}: ${messageOf(cause)}`, {
      cause,
      nextActions: ['choose a place that can be written to'],
    });
  }
  note(`✔ wrote ${path}`);
}

/**
 * The history is a courtesy, and a folder that cannot be written to is a remark.
 *
 * @returns Whether the result is on disk.
 */
export async function saveHistory({ cwd, note }: CliContext, result: BenchResult): Promise<boolean> {
  const { historyFile, saveResult } = await import('../../bench/index.js');
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

/** A file that was asked for is a promise. @throws EnvironmentError when it cannot be written. */
export async function saveOut({ cwd, note }: CliContext, result: BenchResult, out: string): Promise<void> {
  const { saveResult } = await import('../../bench/index.js');
  await saveResult(resolve(cwd, out), result);
  note(`✔ wrote ${out}`);
}
