import type { Advice, BenchResult, BenchScenario, BenchWarning } from '../results/index.js';
import { cancellationTable, heatMap, latencyTable, paretoTable, throughputTable, timeTable } from './bench-tables.js';
import { timeNote } from './cells.js';
import { type AdviceWords, configLine, describeAdvice, guidanceNote, nothingClear } from './describe-advice.js';
import { headerLines, warningsTitle } from './header-lines.js';
import { scenarioContent } from './scenario-content.js';
import { createPaint, layOutTable, type Paint, wrapText } from './terminal.js';

export interface RenderOptions {
  /** Whether the text goes where colours are shown. */
  readonly color: boolean;
}

/** A whole result for a terminal of 80 columns: the settings, the tables, the advice, and the warnings. */
export function renderBench(result: BenchResult, { color }: RenderOptions): string {
  const paint = createPaint(color);
  return [
    headerText(result, paint),
    ...sweepSections(result, paint),
    ...scenarioTables(result.scenarios, paint),
    ...guidanceSection(result, paint),
    ...warningsText(result.warnings, paint),
  ].join('\n\n');
}

function headerText(result: BenchResult, paint: Paint): string {
  const [what, ...how] = headerLines(result);
  return [paint.title(wrapText(what)), ...how.map((line) => wrapText(line))].join('\n');
}

/** The tables of the sweep, if it was measured. */
function sweepSections(result: BenchResult, paint: Paint): string[] {
  const { cells, cancellations } = result;
  const times = timeTable(result, paint);
  const sweep = () => [
    section('Throughput', throughputNote(result), throughputTable(result, paint), paint),
    ...choiceSections(result, paint),
    ...(isGrid(result) ? [section('Chunk × check interval', heatNote, heatMap(result, paint), paint)] : []),
    section('First row, and gaps between arrivals', latencyNote, latencyTable(result, paint), paint),
    ...(times === '' ? [] : [section('Where the server’s time went, %', `${timeNote} ${loopNote}`, times, paint)]),
  ];
  const cancelled = section('Cancellation', cancellationNote, cancellationTable(result, paint), paint);
  return [...(cells.length > 0 ? sweep() : []), ...(cancellations.length > 0 ? [cancelled] : [])];
}

/** The settings that no other beats, if there was a choice. */
function choiceSections(result: BenchResult, paint: Paint): string[] {
  const table = result.cells.length > 1 ? paretoTable(result, paint) : '';
  return table === '' ? [] : [section('What is worth choosing', paretoNote, table, paint)];
}

/** Only a sweep of both has a grid to show. */
function isGrid({ settings: { chunks, checkIntervals } }: BenchResult): boolean {
  return chunks.length > 1 && checkIntervals.length > 1;
}

function section(title: string, note: string, table: string, paint: Paint): string {
  return [paint.title(title), paint.faint(wrapText(note)), table].join('\n');
}

function throughputNote({ cells, rounds, environment }: BenchResult): string {
  const rates = `Rows ÷ wall time; median ± half its 95% interval (n=${rounds}).`;
  if (environment.serverIdleRssMb === null) return `${rates} What the server takes cannot be seen from outside.`;
  if (cells.every(({ serverAddedMb }) => serverAddedMb === null))
    return `${rates} Memory takes a bench without --quick.`;
  const idle = Math.round(environment.serverIdleRssMb);
  return `${rates} Memory: what one stream of the table adds to that of new servers, the least and the most; ${idle} MB are there before.`;
}

const paretoNote = 'No other setting beats these in rate, memory and first row at once (by medians).';

const heatNote = 'Rows/s by chunk (down) and check interval (across); * is the fastest.';

const latencyNote = 'As the client sees it: time to the first row, and the gap between two arrivals.';

const loopNote =
  'Loop: how late its event loop was, at the 99th percentile. GC: the garbage collector, within the other shares.';

const cancellationNote =
  'A client leaves part way. Rows, at worst: the server may have read at most what the client got, what was in flight, and two chunks. Ended: from the cancel to the end of the stream, usually.';

/** Each scenario under its question, without scenarios that have no cell. */
function scenarioTables(scenarios: readonly BenchScenario[], paint: Paint): string[] {
  return scenarios.filter(({ cells }) => cells.length > 0).map((scenario) => scenarioTable(scenario, paint));
}

function scenarioTable(scenario: BenchScenario, paint: Paint): string {
  const { title, question, head, rows } = scenarioContent(scenario);
  const table = layOutTable({ head, wordsFirst: true, sections: [{ rows }] });
  return [paint.title(title), paint.faint(wrapText(question)), table].join('\n');
}

/** Advice is based on the sweep; without one there is none. */
function guidanceSection(result: BenchResult, paint: Paint): string[] {
  if (result.cells.length === 0) return [];
  return [[paint.title('Guidance for this machine and these rows'), guidanceText(result, paint)].join('\n')];
}

/** Each piece of advice: what to set, the figures it rests on, and whether the rule of thumb holds. */
function guidanceText(result: BenchResult, paint: Paint): string {
  const { guidance } = result;
  if (guidance.length === 0) return wrapText(noAdvice);
  return [
    paint.faint(wrapText(guidanceNote)),
    '',
    ...guidance.map((advice) => adviceText(describeAdvice(advice, result), paint)),
    '',
    ...configText(guidance),
  ].join('\n');
}

const noAdvice = 'No advice: give --chunk or --check-interval two values or more to compare.';

function adviceText({ headline, sentences, command }: AdviceWords, paint: Paint): string {
  return [
    paint.title(wrapText(headline, { hanging: '  ' })),
    ...sentences.map((sentence) => wrapText(sentence, { indent: '  ' })),
    ...(command === undefined ? [] : ['  To settle it:', `  ${command}`]),
  ].join('\n');
}

function configText(guidance: readonly Advice[]): string[] {
  const line = configLine(guidance);
  return line === undefined ? [wrapText(nothingClear)] : ['In grpc-stream.config.ts (--apply writes it):', `  ${line}`];
}

function warningsText(warnings: readonly BenchWarning[], paint: Paint): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(({ message, hint }) => wrapText(`- ${message}: ${hint}`, { hanging: '  ' }));
  return [[paint.bad(warningsTitle), ...lines].join('\n')];
}
