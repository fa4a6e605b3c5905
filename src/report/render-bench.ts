import type { BenchResult, BenchWarning } from '../model/index.js';
import { cancellationTable, latencyTable, throughputTable } from './bench-tables.js';
import { formatCount } from './format-number.js';
import { guidanceText } from './guidance-text.js';
import { wrapText } from './layout.js';
import { createPaint, type Paint } from './paint.js';

export interface RenderOptions {
  /** Whether the text goes where colours are shown. */
  readonly color: boolean;
}

/** A whole result for a terminal of 80 columns: what was measured, three tables, the advice, and what to mind. */
export function renderBench(result: BenchResult, { color }: RenderOptions): string {
  const paint = createPaint(color);
  return [
    headerText(result, paint),
    section('Throughput', throughputNote(result), throughputTable(result, paint), paint),
    section('Latency', latencyNote, latencyTable(result, paint), paint),
    section('Cancellation', cancellationNote, cancellationTable(result, paint), paint),
    [paint.title('Guidance for this machine and these rows'), guidanceText(result.guidance, paint)].join('\n\n'),
    ...warningsText(result.warnings, paint),
  ].join('\n\n');
}

function section(title: string, note: string, table: string, paint: Paint): string {
  return [paint.title(title), paint.faint(wrapText(note)), table].join('\n');
}

function headerText({ environment, table, settings, rounds, durationSeconds }: BenchResult, paint: Paint): string {
  const { cpu, cores, memoryMb, node, database, packages } = environment;
  const rowBytes = Math.round(table.bytes / table.rows);
  const what = `${formatCount(table.rows)} rows of ${formatCount(rowBytes)} bytes (${table.model}, ${database.provider} ${database.version})`;
  const machine = `${cpu}, ${cores} cores, ${Math.round(memoryMb / 1000)} GB; Node ${node}, grpc-js ${packages['@grpc/grpc-js'] ?? '?'}`;
  const how = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} in shuffled order (seed ${settings.seed}), ${Math.round(durationSeconds)} s; every row verified`;
  return [paint.title(wrapText(what)), wrapText(machine), wrapText(how)].join('\n');
}

function throughputNote({ rounds, environment }: BenchResult): string {
  const idle = Math.round(environment.serverIdleRssMb);
  return `Rows ÷ wall time with one client; median ± half its 95% interval (n=${rounds}). Memory: a fresh server that streams the table once; ${idle} MB of it are there before.`;
}

const latencyNote =
  'As the client sees it: time to the first row, and the gap between two messages. The server’s time: waiting for the database, encoding, waiting for the client (drain), the rest.';

const cancellationNote =
  'A client leaves part way. Rows, at worst: the server may have read at most what the client got, what was in flight, and two chunks. Times, usually: from the cancel to the end of the last query, and of the stream.';

function warningsText(warnings: readonly BenchWarning[], paint: Paint): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(({ message, hint }) => wrapText(`- ${message}: ${hint}`, { hanging: '  ' }));
  return [[paint.bad('Mind'), ...lines].join('\n')];
}
