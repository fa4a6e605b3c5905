import type { BenchResult, BenchScenario } from '../results/index.js';
import { answerLines } from './answer.js';
import { cancellationKinds, cellKinds, gcShare, timeParts, timeShares } from './cells.js';
import { configLine, describeAdvice, guidanceNote, nothingClear } from './describe-advice.js';
import {
  addedText,
  chunkText,
  firstRowText,
  formatCount,
  formatDuration,
  formatKnown,
  formatPercent,
  formatPlainSpread,
  megabytesText,
  peakText,
  rateText,
  serverCpuText,
} from './format-number.js';
import { headerLines, warningsTitle } from './header-lines.js';
import { scenarioContent } from './scenario-content.js';

/** A result for a pull request or a page: the settings, the tables, the advice, and the warnings. */
export function renderMarkdown(result: BenchResult): string {
  return `${[
    `## ${escapeCell(headerLines(result)[0])}`,
    machineMarkdown(result),
    answerMarkdown(result),
    throughputMarkdown(result),
    timesMarkdown(result),
    scenariosMarkdown(result),
    cancellationMarkdown(result),
    guidanceMarkdown(result),
    warningsMarkdown(result),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** The machine and the settings, in a paragraph that stands beside each table. */
function machineMarkdown(result: BenchResult): string {
  const [, ...how] = headerLines(result);
  return how.map((line) => escapeCell(line)).join('  \n');
}

/** First, since a reader of a pull request may read no further. */
function answerMarkdown(result: BenchResult): string {
  const items = answerLines(result).map(({ label, text, command }) => {
    return `- **${label}**: ${escapeCell(text)}${command === undefined ? '' : ` \`${command}\``}`;
  });
  return items.join('\n');
}

/** Rows a second and their cost; the median, and half its 95% interval after ±. */
export function throughputMarkdown({ cells }: BenchResult): string {
  const head = [
    'chunk',
    'check every',
    'rows/s',
    'MB/s',
    'first row ms',
    'gap p99',
    'server CPU µs/row',
    'memory added MB',
    'server peak MB',
  ];
  return cellKinds(cells)
    .map(({ name, cells: own }) => {
      const rows = own.map((cell) => [
        chunkText(cell),
        formatCount(cell.checkInterval),
        rateText(cell),
        megabytesText(cell),
        firstRowText(cell),
        formatDuration(cell.gapP99Ms),
        serverCpuText(cell),
        addedText(cell),
        peakText(cell),
      ]);
      return [`**Throughput, ${name}**`, markdownTable(head, rows)].join('\n\n');
    })
    .join('\n\n');
}

/** The server's time by phase, in shares; empty if unknown. */
export function timesMarkdown({ cells }: BenchResult): string {
  const parts = timeParts.map(({ name }) => name);
  const head = ['chunk', 'check every', ...parts, 'loop late p99 ms', 'garbage collector'];
  return cellKinds(cells.filter(({ times }) => times !== null))
    .map(({ name, cells: own }) => {
      const rows = own.map((cell) => [
        formatCount(cell.chunk),
        formatCount(cell.checkInterval),
        ...(timeShares(cell) ?? []).map(formatPercent),
        formatKnown(cell.eventLoopP99Ms),
        gcShare(cell),
      ]);
      return [`**Where the server’s time went, ${name}**`, markdownTable(head, rows)].join('\n\n');
    })
    .join('\n\n');
}

/** Each other scenario: its question, and the figures that answer it. */
export function scenariosMarkdown({ scenarios }: BenchResult): string {
  return scenarios.map(scenarioMarkdown).join('\n\n');
}

function scenarioMarkdown(scenario: BenchScenario): string {
  const { title, question, notes, head, rows } = scenarioContent(scenario);
  const [, ...figures] = head.map((cell) => cell.replaceAll('\n', ' '));
  const parts = [`**${title}**: ${escapeCell(question)}`, markdownTable(['how', ...figures], rows)];
  return [...parts, ...(notes.length === 0 ? [] : [escapeCell(notes.join(' '))])].join('\n\n');
}

/** The worst rows and the median times of clients that left. */
export function cancellationMarkdown({ cancellations }: BenchResult): string {
  if (cancellations.length === 0) return '';
  const head = [
    'chunk',
    'check every',
    'client got',
    'in flight',
    'server read',
    'at most',
    'within',
    'query ms',
    'ended ms',
  ];
  return cancellationKinds(cancellations)
    .map(({ name, cancellations: own }) => {
      const rows = own.map(({ chunk, checkInterval, worst, withinBound, ...times }) => [
        ...[chunk, checkInterval].map(formatCount),
        ...[worst.receivedRows, worst.inFlightRows, worst.rowsRead, worst.boundRows].map(formatCount),
        withinBound ? 'yes' : 'no',
        formatPlainSpread(times.lastQueryMs, times.lastQueryMsInterval),
        formatPlainSpread(times.endedMs, times.endedMsInterval),
      ]);
      const title = ['**Cancellation**: a client leaves part way', name].filter((part) => part !== undefined);
      return [title.join('; '), markdownTable(head, rows)].join('\n\n');
    })
    .join('\n\n');
}

/** The advice, and the line for the configuration. */
export function guidanceMarkdown(result: BenchResult): string {
  const { guidance } = result;
  if (guidance.length === 0) return '';
  const items = guidance.map((advice) => {
    const { headline, sentences, command } = describeAdvice(advice, result);
    const settle = command === undefined ? '' : ` To settle it: \`${command}\``;
    return `- **${escapeCell(headline)}.** ${escapeCell(sentences.join(' '))}${settle}`;
  });
  const line = configLine(guidance);
  return [
    '**Guidance for this machine and these rows**',
    guidanceNote,
    items.join('\n'),
    line === undefined ? nothingClear : ['```ts', line, '```'].join('\n'),
  ].join('\n\n');
}

function warningsMarkdown({ warnings }: BenchResult): string {
  if (warnings.length === 0) return '';
  const items = warnings.map(({ message, hint }) => `- ${escapeCell(`${message}: ${hint}`)}`);
  return [`**${warningsTitle}**`, items.join('\n')].join('\n\n');
}

/** A table of GitHub's Markdown, numbers to the right; what would break a cell is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  const rule = `| ${head.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Text that Markdown shows literally, also in a cell. */
export function escapeCell(text: string): string {
  return text.replace(/[\\|<>`*_[\]]/g, (letter) => `\\${letter}`).replaceAll('\n', ' ');
}
