import { assertNever } from '../errors/index.js';
import { type BenchCell, type BenchScenario, loadWords, type ScenarioName } from '../model/index.js';
import { formatCount, formatDigits, formatKnown, formatPercent } from './format-number.js';
import { rateText } from './rate-text.js';

/** A scenario's table, whatever it is printed as. */
export interface ScenarioContent {
  readonly title: string;
  readonly question: string;
  /** `\n` is where a narrow column breaks. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The question that a scenario asks, and the figures that answer it: one row a setting. */
export function scenarioContent({ name, question, cells }: BenchScenario): ScenarioContent {
  const columns = columnsOf(name);
  const shared = sharedWords(cells);
  return {
    title: titleOf(name),
    question: shared.length === 0 ? question : `${question} (${shared.join(', ')})`,
    head: ['', ...columns.map(({ head }) => head)],
    rows: cells.map((cell) => [labelOf(cell, shared), ...columns.map(({ show }) => show(cell))]),
  };
}

/** One figure of a cell, under its head. */
interface Column {
  readonly head: string;
  readonly show: (cell: BenchCell) => string;
}

function titleOf(name: ScenarioName): string {
  const words = name.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** What is said once for all cells, so that a row has room for its figures. */
function sharedWords(cells: readonly BenchCell[]): readonly string[] {
  const [first, ...others] = cells.map(wordsOf);
  return others.length === 0 ? [] : (first ?? []).filter((word) => others.every((words) => words.includes(word)));
}

/** What sets a cell apart from the others. */
function labelOf(cell: BenchCell, shared: readonly string[]): string {
  const words = wordsOf(cell).filter((word) => !shared.includes(word));
  return words.length === 0 ? 'stream' : words.join(', ');
}

function wordsOf({ load, batchRows }: BenchCell): string[] {
  const batches = batchRows === null ? [] : [`batches of ${formatCount(batchRows)}`];
  return [...batches, ...loadWords(load)];
}

const rate: Column = { head: 'rows/s', show: rateText };
const megabytes: Column = { head: 'MB/s', show: (cell) => formatDigits(cell.megabytesPerSecond) };
const firstRow: Column = { head: 'first\nrow ms', show: (cell) => formatDigits(cell.firstRowMs) };
const peak: Column = { head: 'server\npeak MB', show: (cell) => formatKnown(cell.serverPeakRssMb) };
const serverCpu: Column = { head: 'server\nCPU µs/row', show: (cell) => formatKnown(cell.serverCpuMicrosPerRow) };
const clientCpu: Column = { head: 'client\nCPU', show: (cell) => formatPercent(cell.clientBusy) };
const loopDelay: Column = { head: 'loop\np99 ms', show: (cell) => formatKnown(cell.eventLoopP99Ms) };

const late: readonly Column[] = (['p50Ms', 'p90Ms', 'p99Ms', 'maxMs'] as const).map((key) => ({
  head: `${key.replace('Ms', '')} ms`,
  show: (cell) => formatKnown(cell.latency?.[key] ?? null),
}));

const ahead: Column = {
  head: 'rows\nahead',
  show: ({ readAheadRows }) => (readAheadRows === null ? '' : formatCount(readAheadRows)),
};

const queued: Column = {
  head: 'queued\nkB',
  show: ({ peakQueuedBytes }) => formatKnown(peakQueuedBytes === null ? null : peakQueuedBytes / 1000),
};

const fairness: Column = {
  head: 'slowest ÷\nfastest',
  show: (cell) => (cell.fairness === null ? '' : formatPercent(cell.fairness)),
};

function columnsOf(name: ScenarioName): readonly Column[] {
  switch (name) {
    case 'latency':
      return [...late, loopDelay];
    case 'slow-consumer':
      return [rate, ahead, queued, peak];
    case 'memory':
      return [rate, peak];
    case 'many-clients':
      return [rate, fairness, serverCpu, clientCpu, peak];
    case 'distance':
      return [rate, megabytes, firstRow];
    case 'partitions':
      return [rate, serverCpu, clientCpu, peak];
    case 'throughput':
    case 'cancel':
    case 'legacy':
    case 'offset':
    case 'plain':
      return [rate, firstRow, serverCpu, peak];
    default:
      return assertNever(name);
  }
}
