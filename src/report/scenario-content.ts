import { assertNever } from '../errors/index.js';
import {
  type BenchCell,
  type BenchLoad,
  type BenchScenario,
  describeLoad,
  loadWords,
  type ScenarioName,
} from '../results/index.js';
import {
  addedText,
  clientCpuText,
  firstRowText,
  formatCount,
  formatDigits,
  formatKnown,
  formatPercent,
  megabytesText,
  peakText,
  rateText,
  serverCpuText,
} from './format-number.js';

/** A scenario's table, for every exporter. */
interface ScenarioContent {
  readonly title: string;
  readonly question: string;
  /** Sentences that belong to the figures. */
  readonly notes: readonly string[];
  /** `\n` is where a narrow column breaks. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The question that a scenario asks, and the figures that answer it: one row a setting. */
export function scenarioContent({ name, question, cells, notes = [] }: BenchScenario): ScenarioContent {
  const columns = columnsOf(name);
  const labels = labelsOf(name, cells);
  return {
    title: titles[name],
    question: labels.shared === '' ? question : `${question} (${labels.shared})`,
    notes: notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
    head: ['', ...columns.map(({ head }) => head)],
    rows: cells.map((cell, index) => [labels.own[index] ?? '', ...columns.map(({ show }) => show(cell, cells))]),
  };
}

/** The other ways to read that were measured, each with its share of the rate of the stream beside it: `plain handler 34%`. */
export function otherWays(scenarios: readonly BenchScenario[]): string[] {
  return scenarios
    .filter(({ name }) => name === 'plain' || name === 'offset' || name === 'legacy')
    .flatMap(({ cells }) =>
      cells
        .filter(({ load }) => load.method !== 'stream')
        .map((cell) => `${methodNames[cell.load.method]} ${besideStream.show(cell, cells)}`),
    );
}

/** Each cell in the words that differ from the others; the words that all share are said once, so that a row has room. */
export function labelsOf(
  name: ScenarioName,
  cells: readonly BenchCell[],
): { readonly shared: string; readonly own: readonly string[] } {
  const all = cells.map((cell) => cellWords(name, cell));
  const [first = []] = all;
  const shared = first.filter((word) => all.every((words) => words.includes(word)));
  const own = all.map((words) => words.filter((word) => !shared.includes(word)).join(', '));
  return { shared: shared.join(', '), own: own.map((words) => words || 'as above') };
}

/** All that one cell of a scenario was measured at, one text each. */
function cellWords(name: ScenarioName, { load, chunk, checkInterval, batchRows }: BenchCell): string[] {
  const plain = unsaid[name]?.(load);
  return [
    ...(comparing.includes(name) ? [methodNames[load.method]] : []),
    ...(plain === undefined ? [] : [plain]),
    ...loadWords({ ...load, method: 'stream' }),
    ...(batchRows === null ? [] : [`batches of ${formatCount(batchRows)}`]),
    `chunk ${formatCount(chunk)}`,
    `check every ${formatCount(checkInterval)}`,
  ];
}

/** Scenarios that compare ways to read. */
const comparing: readonly ScenarioName[] = ['memory', 'legacy', 'offset', 'plain'];

/** Values that other scenarios do not name are among those that these compare. */
const unsaid: Readonly<Partial<Record<ScenarioName, (load: BenchLoad) => string | undefined>>> = {
  'many-clients': ({ clients }) => (clients === 1 ? '1 client' : undefined),
  partitions: ({ partitions }) => (partitions === 1 ? 'in one piece' : undefined),
  distance: ({ rttMs }) => (rttMs === 0 ? 'no distance' : undefined),
  queries: ({ query }) => (query === undefined ? 'plain stream' : undefined),
};

/** The name of each way to read a table, for reports. */
const methodNames: Readonly<Record<BenchLoad['method'], string>> = {
  stream: 'grpc-stream',
  plain: 'plain handler',
  legacy: 'whole table in memory',
  offset: 'skip and take',
};

const titles: Readonly<Record<ScenarioName, string>> = {
  throughput: 'Throughput',
  cancel: 'Cancellation',
  latency: 'Latency under load',
  'slow-consumer': 'Slow consumer',
  memory: 'Memory',
  'many-clients': 'Many clients',
  distance: 'Distance',
  partitions: 'Partitions',
  queries: 'Other orders and filters',
  legacy: 'Beside the whole table in memory (legacy)',
  offset: 'Beside skip and take (offset)',
  plain: 'Beside a handler by hand (plain)',
};

/** One figure of a cell, under its head. */
interface Column {
  readonly head: string;
  /** `cells` are all of its scenario. */
  readonly show: (cell: BenchCell, cells: readonly BenchCell[]) => string;
}

/** The figures that answer a scenario's question. */
function columnsOf(name: ScenarioName): readonly Column[] {
  switch (name) {
    case 'latency':
      return [reads, ...late];
    case 'slow-consumer':
      return [rate, ahead, queued, added];
    case 'memory':
      return [rate, added, peak];
    case 'many-clients':
      return [rate, fairness, serverCpu, added];
    case 'distance':
      return [rate, megabytes, roundTrip, ceiling, limit];
    case 'partitions':
      return [rate, serverCpu, clientCpu, added];
    case 'queries':
      return [rate, besidePlain, firstRow, serverCpu];
    case 'throughput':
    case 'cancel':
    case 'legacy':
    case 'offset':
    case 'plain':
      return [rate, besideStream, firstRow, serverCpu, added];
    default:
      return assertNever(name);
  }
}

const rate: Column = { head: 'rows/s', show: rateText };
const megabytes: Column = { head: 'MB/s', show: megabytesText };
const firstRow: Column = { head: 'first\nrow ms', show: firstRowText };
const peak: Column = { head: 'server\npeak MB', show: peakText };
const added: Column = { head: 'memory\n+MB', show: addedText };
const serverCpu: Column = { head: 'server\nCPU µs/row', show: serverCpuText };
const clientCpu: Column = { head: 'client\nCPU µs/row', show: clientCpuText };

const reads: Column = {
  head: 'reads',
  show: ({ samples }) => formatCount(samples.reduce((sum, { readsMs }) => sum + (readsMs?.length ?? 0), 0)),
};

const percentileNames = { p50Ms: 'p50', p90Ms: 'p90', p99Ms: 'p99', p999Ms: 'p99.9', maxMs: 'max' } as const;

const late: readonly Column[] = (['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const).map((key) => ({
  head: `${percentileNames[key]}\nms`,
  show: (cell) => formatKnown(cell.latency?.[key] ?? null),
}));

const roundTrip: Column = { head: 'RTT\nms', show: ({ pingMs }) => formatKnown(pingMs) };

/** What the generated client asks for where no window was given. */
const USUAL_WINDOW_BYTES = 4 * 1024 ** 2;

/** A window is how many bytes may be under way: by one of them a round trip, no stream gets further. */
const ceiling: Column = {
  head: 'window ÷\nRTT, MB/s',
  show: ({ pingMs, load }) =>
    pingMs === null ? '' : formatDigits((load.windowBytes ?? USUAL_WINDOW_BYTES) / pingMs / 1000),
};

const limit: Column = { head: 'limit', show: (cell) => cell.limit ?? '' };

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

/** The rate of a query as a share of that of the plain stream with as many rows, at the same setting. */
const besidePlain: Column = {
  head: 'of the\nplain one',
  show: (cell, cells) => {
    const { query, ...plain } = cell.load;
    if (query === undefined) return '';
    const beside = cells.find(
      ({ load, chunk, checkInterval }) =>
        load.query === undefined &&
        describeLoad(load) === describeLoad(plain) &&
        chunk === cell.chunk &&
        checkInterval === cell.checkInterval,
    );
    return beside === undefined ? '' : formatPercent(cell.rowsPerSecond / beside.rowsPerSecond);
  },
};

/** The rate of another way to read as a share of the stream's, at the same setting. */
const besideStream: Column = {
  head: 'of the\nstream',
  show: (cell, cells) => {
    if (cell.load.method === 'stream') return '';
    const alike = describeLoad({ ...cell.load, method: 'stream' });
    const stream = cells.find(
      ({ load, chunk, checkInterval }) =>
        describeLoad(load) === alike &&
        (chunk === cell.chunk || chunk === 'auto') &&
        checkInterval === cell.checkInterval,
    );
    return stream === undefined ? '' : formatPercent(cell.rowsPerSecond / stream.rowsPerSecond);
  },
};
