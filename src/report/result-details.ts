import type { BenchResult, BenchScenario, BenchWarning } from '../results/index.js';
import { cancellationTable, heatMap, latencyTable, paretoTable, throughputTable, timeTable } from './bench-tables.js';
import { timeNote } from './cells.js';
import { configLine, describeAdvice, guidanceNote, nothingClear } from './describe-advice.js';
import { warningsTitle } from './header-lines.js';
import { scenarioContent } from './scenario-content.js';
import { layOutTable, type Screen } from './terminal.js';

/** All that was measured, in sections: a table for each question, the advice for each audience, and what weakens the figures. */
export function detailSections(result: BenchResult, screen: Screen): string[] {
  return [
    ...sweepSections(result, screen),
    ...scenarioTables(result.scenarios, screen),
    ...guidanceSection(result, screen),
    ...warningsText(result.warnings, screen),
  ];
}

/** The tables of the sweep, if it was measured. */
function sweepSections(result: BenchResult, screen: Screen): string[] {
  const { cells, cancellations } = result;
  const { paint } = screen;
  const times = timeTable(result, paint);
  const sweep = () => [
    section('Throughput', throughputNote(result), throughputTable(result, paint), screen),
    ...choiceSections(result, screen),
    ...(isGrid(result) ? [section('Chunk × check interval', heatNote, heatMap(result, paint), screen)] : []),
    section('First row, and gaps between arrivals', latencyNote, latencyTable(result, paint), screen),
    ...(times === '' ? [] : [section('Where the server’s time went, %', `${timeNote} ${loopNote}`, times, screen)]),
  ];
  const cancelled = section('Cancellation', cancellationNote, cancellationTable(result, paint), screen);
  return [...(cells.length > 0 ? sweep() : []), ...(cancellations.length > 0 ? [cancelled] : [])];
}

/** The settings that no other beats, if there was a choice. */
function choiceSections(result: BenchResult, screen: Screen): string[] {
  const table = result.cells.length > 1 ? paretoTable(result, screen.paint) : '';
  return table === '' ? [] : [section('Settings worth choosing', paretoNote, table, screen)];
}

/** Only a sweep of both has a grid to show. */
function isGrid({ settings: { chunks, checkIntervals } }: BenchResult): boolean {
  return chunks.length > 1 && checkIntervals.length > 1;
}

function section(title: string, note: string, table: string, { paint, wrap }: Screen): string {
  return [paint.title(title), paint.faint(wrap(note)), table].join('\n');
}

function throughputNote({ cells, rounds, environment }: BenchResult): string {
  const rates = `Rows ÷ wall time; median ± half its 95% interval (n=${rounds}).`;
  if (environment.serverIdleRssMb === null) return `${rates} The memory of the server cannot be seen from outside.`;
  if (cells.every(({ serverAddedMb }) => serverAddedMb === null))
    return `${rates} Memory takes a bench without --quick.`;
  const idle = Math.round(environment.serverIdleRssMb);
  return `${rates} Memory: the megabytes that a stream of the whole table adds to a new server, lowest to highest; a new server holds ${idle} MB.`;
}

const paretoNote = 'No other setting beats these in rate, memory and first row at once (by medians).';

const heatNote = 'Rows/s by chunk (down) and check interval (across); * is the fastest.';

const latencyNote = 'As the client sees it: time to the first row, and the gap between two arrivals.';

const loopNote =
  'Loop: how late its event loop was, at the 99th percentile. GC: the garbage collector, within the other shares.';

const cancellationNote =
  'A client leaves part way. Rows, at worst: the server may have read at most what the client got, what was in flight, and two chunks. Ended: from the cancel to the end of the stream, usually.';

/** Each scenario under its question, without scenarios that have no cell. */
export function scenarioTables(scenarios: readonly BenchScenario[], screen: Screen): string[] {
  return scenarios.filter(({ cells }) => cells.length > 0).map((scenario) => scenarioTable(scenario, screen));
}

function scenarioTable(scenario: BenchScenario, screen: Screen): string {
  const { title, question, notes, head, rows } = scenarioContent(scenario);
  const table = layOutTable({ head, wordsFirst: true, sections: [{ rows }], width: screen.width });
  return [section(title, question, table, screen), ...notes.map((note) => screen.paint.faint(screen.wrap(note)))].join(
    '\n',
  );
}

/** Advice is based on the sweep; without one there is none. */
function guidanceSection(result: BenchResult, screen: Screen): string[] {
  if (result.cells.length === 0) return [];
  const title = screen.paint.title('Guidance for this machine and these rows');
  return [[title, guidanceText(result, screen)].join('\n')];
}

/** Each piece of advice: what to set, the figures it rests on, and whether the rule of thumb holds. */
function guidanceText(result: BenchResult, { paint, wrap }: Screen): string {
  const { guidance } = result;
  if (guidance.length === 0) return wrap(noAdvice);
  const line = configLine(guidance);
  return [
    paint.faint(wrap(guidanceNote)),
    '',
    ...guidance.flatMap((advice) => {
      const { headline, sentences, command } = describeAdvice(advice, result);
      return [
        paint.title(wrap(headline, { hanging: '  ' })),
        ...sentences.map((sentence) => wrap(sentence, { indent: '  ' })),
        ...(command === undefined ? [] : ['  To settle it:', `  ${command}`]),
      ];
    }),
    '',
    ...(line === undefined ? [wrap(nothingClear)] : ['In grpc-stream.config.ts:', `  ${line}`]),
  ].join('\n');
}

/** Where one value of each setting was measured. */
export const noAdvice = 'No advice: give --chunk or --check-interval two values or more to compare.';

function warningsText(warnings: readonly BenchWarning[], { paint, wrap }: Screen): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(({ message, hint }) => wrap(`- ${message}: ${hint}`, { hanging: '  ' }));
  return [[paint.bad(warningsTitle), ...lines].join('\n')];
}
