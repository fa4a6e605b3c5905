import { assertNever } from '../errors/index.js';
import { type BenchCell, describeLoad, type ScenarioName } from '../results/index.js';
import { formatCount, formatDigits, formatKnown, formatPercent } from './format-number.js';
import { rateText } from './rate-text.js';

/** One figure of a cell, under its head. */
export interface Column {
  readonly head: string;
  /** `cells` are all of its scenario. */
  readonly show: (cell: BenchCell, cells: readonly BenchCell[]) => string;
}

/** The figures that answer a scenario's question. */
export function columnsOf(name: ScenarioName): readonly Column[] {
  switch (name) {
    case 'latency':
      return [reads, ...late, loopDelay];
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
      return [rate, besideStream, firstRow, serverCpu, peak];
    default:
      return assertNever(name);
  }
}

const rate: Column = { head: 'rows/s', show: rateText };
const megabytes: Column = { head: 'MB/s', show: (cell) => formatDigits(cell.megabytesPerSecond) };
const firstRow: Column = { head: 'first\nrow ms', show: (cell) => formatDigits(cell.firstRowMs) };
const peak: Column = { head: 'server\npeak MB', show: (cell) => formatKnown(cell.serverPeakRssMb) };
const serverCpu: Column = { head: 'server\nCPU µs/row', show: (cell) => formatKnown(cell.serverCpuMicrosPerRow) };
const clientCpu: Column = { head: 'client\nCPU', show: (cell) => formatPercent(cell.clientBusy) };
const loopDelay: Column = { head: 'loop late\np99 ms', show: (cell) => formatKnown(cell.eventLoopP99Ms) };

const reads: Column = {
  head: 'reads',
  show: ({ samples }) => formatCount(samples.reduce((sum, { readsMs }) => sum + (readsMs?.length ?? 0), 0)),
};

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

/** The rate of another way to read as a share of the stream's, at the same setting. */
const besideStream: Column = {
  head: 'of the\nstream',
  show: (cell, cells) => {
    if (cell.load.method === 'stream') return '';
    const alike = describeLoad({ ...cell.load, method: 'stream' });
    const stream = cells.find(
      ({ load, chunk, checkInterval }) =>
        describeLoad(load) === alike && chunk === cell.chunk && checkInterval === cell.checkInterval,
    );
    return stream === undefined ? '' : formatPercent(cell.rowsPerSecond / stream.rowsPerSecond);
  },
};
