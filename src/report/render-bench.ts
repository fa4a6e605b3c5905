import type { BenchResult, BenchWarning } from '../model/index.js';
import { cancellationTable, latencyTable, throughputTable } from './bench-tables.js';
import { formatCount } from './format-number.js';
import { guidanceText } from './guidance-text.js';
import { heatMap } from './heat-map.js';
import { wrapText } from './layout.js';
import { createPaint, type Paint } from './paint.js';
import { paretoTable } from './pareto-table.js';
import { scenarioTables } from './scenario-tables.js';

export interface RenderOptions {
  /** Whether the text goes where colours are shown. */
  readonly color: boolean;
}

/** A whole result for a terminal of 80 columns: what was measured, three tables, the advice, and what to mind. */
export function renderBench(result: BenchResult, { color }: RenderOptions): string {
  const paint = createPaint(color);
  return [
    headerText(result, paint),
    ...sweepSections(result, paint),
    ...scenarioTables(result.scenarios, paint),
    [paint.title('Guidance for this machine and these rows'), guidanceText(result.guidance, paint)].join('\n\n'),
    ...warningsText(result.warnings, paint),
  ].join('\n\n');
}

/** The tables of the sweep, where it was asked for. */
function sweepSections(result: BenchResult, paint: Paint): string[] {
  const { cells, cancellations } = result;
  const sweep = [
    section('Throughput', throughputNote(result), throughputTable(result, paint), paint),
    ...choiceSections(result, paint),
    ...(isGrid(result) ? [section('Chunk × check interval', heatNote, heatMap(result, paint), paint)] : []),
    section('Latency', latencyNote, latencyTable(result, paint), paint),
  ];
  const cancelled = section('Cancellation', cancellationNote, cancellationTable(result, paint), paint);
  return [...(cells.length > 0 ? sweep : []), ...(cancellations.length > 0 ? [cancelled] : [])];
}

/** Where there was a choice, what is left of it. */
function choiceSections(result: BenchResult, paint: Paint): string[] {
  const table = result.cells.length > 1 ? paretoTable(result, paint) : '';
  return table === '' ? [] : [section('What is worth choosing', paretoNote, table, paint)];
}

/** Only a sweep of both has a shape to look at. */
function isGrid({ settings: { chunks, checkIntervals } }: BenchResult): boolean {
  return chunks.length > 1 && checkIntervals.length > 1;
}

function section(title: string, note: string, table: string, paint: Paint): string {
  return [paint.title(title), paint.faint(wrapText(note)), table].join('\n');
}

function headerText(result: BenchResult, paint: Paint): string {
  const [what, ...how] = headerLines(result);
  return [paint.title(wrapText(what)), ...how.map((line) => wrapText(line))].join('\n');
}

/** What was measured, on what, and how; a line each. */
export function headerLines(result: BenchResult): readonly [what: string, machine: string, how: string] {
  const { environment, table, settings, rounds, durationSeconds } = result;
  const { cpu, cores, memoryMb, node, database, packages } = environment;
  const rowBytes = Math.round(table.bytes / table.rows);
  const what = `${formatCount(table.rows)} rows of ${formatCount(rowBytes)} bytes (${table.model}, ${database.provider} ${database.version})`;
  const machine = `${cpu}, ${cores} cores, ${Math.round(memoryMb / 1000)} GB; Node ${node}, grpc-js ${packages['@grpc/grpc-js'] ?? '?'}`;
  const how = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in shuffled order (seed ${settings.seed}), ${Math.round(durationSeconds)} s; every row verified`;
  return [what, machine, how];
}

function throughputNote({ rounds, environment }: BenchResult): string {
  const rates = `Rows ÷ wall time; median ± half its 95% interval (n=${rounds}).`;
  if (environment.serverIdleRssMb === null) return `${rates} What a server of others takes cannot be seen from here.`;
  const idle = Math.round(environment.serverIdleRssMb);
  return `${rates} Memory: a fresh server that streams the table once; ${idle} MB of it are there before.`;
}

const paretoNote = 'No other setting beats these in rate, memory and first row at once (by medians).';

const heatNote = 'Rows/s, down by chunk and across by check interval; * is the fastest.';

const latencyNote =
  'As the client sees it: time to the first row, and the gap between two messages. The server’s time: waiting for the database, encoding, writing to the socket, waiting for the client (drain), the rest.';

const cancellationNote =
  'A client leaves part way. Rows, at worst: the server may have read at most what the client got, what was in flight, and two chunks. Times, usually: from the cancel to the end of the last query, and of the stream.';

function warningsText(warnings: readonly BenchWarning[], paint: Paint): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(({ message, hint }) => wrapText(`- ${message}: ${hint}`, { hanging: '  ' }));
  return [[paint.bad('Mind'), ...lines].join('\n')];
}
