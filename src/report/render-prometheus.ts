import type { BenchCell, BenchResult, BenchSetting } from '../results/index.js';

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly read: (cell: BenchCell) => number | null;
}

const percentileWords = {
  p50: 'median',
  p90: '90th percentile',
  p99: '99th percentile',
  p999: '99.9th percentile',
  max: 'the longest',
} as const;

const gauges: readonly Gauge[] = [
  { name: 'rows_per_second', help: 'Rows by wall time, median.', read: (cell) => cell.rowsPerSecond },
  { name: 'first_row_seconds', help: 'Time to the first row, median.', read: (cell) => cell.firstRowMs / 1000 },
  {
    name: 'gap_p99_seconds',
    help: 'Gap between two arrivals, 99th percentile.',
    read: (cell) => dividedBy(cell.gapP99Ms, 1000),
  },
  {
    name: 'server_cpu_seconds_per_row',
    help: 'CPU time of the server for a row, median.',
    read: (cell) => dividedBy(cell.serverCpuMicrosPerRow, 1e6),
  },
  {
    name: 'server_peak_bytes',
    help: 'Most memory of a new server.',
    read: (cell) => dividedBy(cell.serverPeakRssMb, 1e-6),
  },
  {
    name: 'event_loop_late_p99_seconds',
    help: 'How late the event loop of the server was, 99th percentile.',
    read: (cell) => dividedBy(cell.eventLoopP99Ms, 1000),
  },
  {
    name: 'gc_seconds',
    help: 'Time of the garbage collector of the server in one sample, median.',
    read: (cell) => dividedBy(cell.gcMs, 1000),
  },
  {
    name: 'server_added_bytes',
    help: 'By how much a stream of the table raised the memory of a new server, median.',
    read: (cell) => dividedBy(cell.serverAddedMb, 1e-6),
  },
  ...(['p50', 'p90', 'p99', 'p999', 'max'] as const).map((percentile) => ({
    name: `read_${percentile}_seconds`,
    help: `Time of a short read from when it was due, ${percentileWords[percentile]}.`,
    read: (cell: BenchCell) => dividedBy(cell.latency?.[`${percentile}Ms`] ?? null, 1000),
  })),
];

/**
 * A result as gauges in Prometheus' text format 0.0.4, for a push gateway or a node exporter's text file collector. Unknown values have no
 * line.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderPrometheus(result: BenchResult): string {
  const cells = [{ name: 'throughput', cells: result.cells }, ...result.scenarios].flatMap(({ name, cells: own }) =>
    own.map((cell) => ({ labels: labelsOf(name, result, cell), cell })),
  );
  const blocks = gauges.map(({ name, help, read }) => {
    const metric = `grpc_stream_bench_${name}`;
    const lines = cells.flatMap(({ labels, cell }) => {
      const value = read(cell);
      return value === null ? [] : [`${metric}${labels} ${value}`];
    });
    return lines.length === 0 ? [] : [`# HELP ${metric} ${help}`, `# TYPE ${metric} gauge`, ...lines];
  });
  const ended = 'grpc_stream_bench_cancelled_ended_seconds';
  const endings = result.cancellations.map((cancellation) => {
    const labels = labelsOf('cancel', result, { ...cancellation, mode: 'rows', batchRows: null });
    return `${ended}${labels} ${cancellation.endedMs / 1000}`;
  });
  const cancelled = [
    `# HELP ${ended} From the cancel of a client to the end of its stream, median.`,
    `# TYPE ${ended} gauge`,
  ];
  const finished = Date.parse(result.startedAt) / 1000 + result.durationSeconds;
  const time = 'grpc_stream_bench_finished_timestamp_seconds';
  return `${[...blocks.flat(), ...(endings.length === 0 ? [] : [...cancelled, ...endings]), `# HELP ${time} When the bench ended.`, `# TYPE ${time} gauge`, `${time} ${finished}`].join('\n')}\n`;
}

function labelsOf(scenario: string, { table, environment }: BenchResult, setting: BenchSetting): string {
  const { chunk, checkInterval, batchRows, load } = setting;
  const labels = {
    scenario,
    model: table.model,
    database: environment.database.provider,
    chunk,
    check_interval: checkInterval,
    batch_rows: batchRows ?? 1,
    method: load.method,
    ...(load.query === undefined ? {} : { query: load.query }),
    limit: load.rows ?? 'all',
    row_bytes: load.rowBytes ?? 'own',
    clients: load.clients,
    partitions: load.partitions,
    rtt_ms: load.rttMs,
    window_bytes: load.windowBytes ?? 'default',
    consistency: load.consistency,
    compression: load.compression,
    pace: load.paceRowsPerSecond ?? 'none',
    reads_per_second: load.readsPerSecond ?? 'none',
  };
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function dividedBy(value: number | null, divisor: number): number | null {
  return value === null ? null : value / divisor;
}
