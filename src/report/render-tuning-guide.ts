import { UsageError } from '../errors/index.js';
import type { Advice, BenchResult } from '../results/index.js';
import { cellKinds, kindName, paretoFront, timeNote } from './cells.js';
import { configLine, describeAdvice, guidanceNote, nothingClear } from './describe-advice.js';
import { formatCount, formatDigits } from './format-number.js';
import { headerLines, warningsTitle } from './header-lines.js';
import {
  cancellationMarkdown,
  escapeCell,
  markdownTable,
  scenariosMarkdown,
  throughputMarkdown,
  timesMarkdown,
} from './render-markdown.js';

/**
 * The tuning guide: the effect of each setting, with the figures of one saved result. Every number comes from the result, and the machine and
 * the settings stand beside each table.
 */
export function renderTuningGuide(result: BenchResult): string {
  return `${[
    '# Tuning a stream',
    'Two settings decide how a stream runs: `chunkSize`, rows a database round trip, and `cancellationCheckInterval`, rows between two looks at cancellation. The best values depend on the rows, the clients and the machine: `npx grpc-stream bench` measures them where you are, and `npx grpc-stream bench --apply` writes them into the config. This page is one such result, put into words by `npm run docs:tuning`; no number in it was typed by hand.',
    `## What was measured\n\n${measured(result)}`,
    chunkSection(result),
    choiceSection(result),
    intervalSection(result),
    timesSection(result),
    gainSection(result),
    symptomsSection,
    doubtsSection(result),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** Beside every table, since figures mean nothing without their machine. */
function measured(result: BenchResult): string {
  const [what, ...how] = headerLines(result);
  return [what, ...how].map(escapeCell).join('; ');
}

function chunkSection(result: BenchResult): string {
  return [
    '## The chunk size',
    'A larger chunk costs fewer round trips; it also holds more rows in memory and sends the first one later. Choose the smallest chunk whose rate is close to the fastest one, and whose first row and memory stay within your budget.',
    throughputMarkdown(result),
    source(result),
    adviceList(result, 'chunkSize'),
  ].join('\n\n');
}

function choiceSection(result: BenchResult): string {
  const known = result.cells.filter(({ serverPeakRssMb }) => serverPeakRssMb !== null);
  if (known.length === 0) return '';
  const rows = cellKinds(known).flatMap(({ cells }) =>
    paretoFront(cells)
      .filter(({ onFront }) => onFront)
      .map(({ cell }) => [
        kindName(cell),
        formatCount(cell.chunk),
        formatCount(cell.checkInterval),
        formatCount(cell.rowsPerSecond),
        formatDigits(cell.serverPeakRssMb ?? 0),
        formatDigits(cell.firstRowMs),
      ]),
  );
  const head = ['stream', 'chunk', 'check every', 'rows/s', 'server peak MB', 'first row ms'];
  return [
    '## Rate, memory and first row at once',
    'Settings that no other one beats in all three (by medians). Choose one of these.',
    markdownTable(head, rows),
    source(result),
  ].join('\n\n');
}

function intervalSection(result: BenchResult): string {
  return [
    '## The check interval',
    'A shorter interval notices sooner that a client has left, and lets other streams have their turn; each look costs a turn of the event loop.',
    cancellationMarkdown(result),
    source(result),
    adviceList(result, 'cancellationCheckInterval'),
    configSection(result.guidance),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function timesSection(result: BenchResult): string {
  const times = timesMarkdown(result);
  if (times === '') return '';
  return ['## Where the time goes', timeNote, times, source(result)].join('\n\n');
}

function gainSection(result: BenchResult): string {
  if (result.scenarios.length === 0) return '';
  return ['## Beside other ways', scenariosMarkdown(result), source(result)].join('\n\n');
}

/** Symptoms and knobs; `doctor` finds them in the latest result. */
const symptomsSection = `## Symptoms

\`npx grpc-stream doctor\` looks for these in the latest result, and names the evidence.

| symptom | look at | knob |
| --- | --- | --- |
| high memory | the peak at your chunk size beside that of smaller ones | lower \`chunkSize\`; for large rows \`maxChunkBytes\` |
| slow streams | the rate at your chunk size beside the fastest | raise \`chunkSize\`; use the batch stream; read fewer columns |
| rows read for clients that left | how long a cancelled stream lives on | lower \`cancellationCheckInterval\`, \`yieldTimeout\` |
| a server that waits | where its time went: database, encoding, the client | a faster query; fewer columns; more clients or a wider window |`;

function doubtsSection({ warnings }: BenchResult): string {
  if (warnings.length === 0) return '';
  const items = warnings.map(({ message }) => `- ${escapeCell(message)}`);
  return [`## ${warningsTitle}`, items.join('\n')].join('\n\n');
}

function adviceList(result: BenchResult, setting: Advice['setting']): string {
  const { guidance } = result;
  const about = guidance.filter((advice) => advice.setting === setting);
  if (about.length === 0) return 'This sweep had one value only, and supports no advice.';
  const items = about.map((advice) => {
    const { headline, sentences } = describeAdvice(advice, result);
    return `- **${escapeCell(headline)}.** ${escapeCell(sentences.join(' '))}`;
  });
  return [guidanceNote, items.join('\n')].join('\n\n');
}

function configSection(guidance: readonly Advice[]): string {
  const line = configLine(guidance);
  if (line === undefined) return nothingClear;
  return ['All in all, in `grpc-stream.config.ts`:', '```ts', line, '```'].join('\n');
}

function source(result: BenchResult): string {
  return `<sub>${measured(result)}</sub>`;
}

/**
 * A page with what lies between `<!-- NAME -->` and `<!-- /NAME -->` replaced; the markers stay.
 *
 * @throws UsageError when the page does not have both markers, in this order.
 */
export function replaceBetweenMarkers(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new UsageError('docs.no_markers', `the page has no ${begin} with ${end} after it`);
  }
  return `${page.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${page.slice(to)}`;
}
