export type CounterName = 'started' | 'ended' | 'rows' | 'messages' | 'bytes' | 'rowsRead' | 'time';
export type GaugeName = 'running' | 'queuedBytes';
export type HistogramName = 'duration' | 'firstRow' | 'phase' | 'query' | 'chunkSize';

/** One metric, named by the rules of OpenTelemetry; its name in Prometheus follows from this one. */
export interface MetricFacts<Key extends string = string> {
  readonly key: Key;
  /** After the prefix `grpc_stream`. */
  readonly name: string;
  /** UCUM: `s`, `By`, or what is counted, in braces. */
  readonly unit: string;
  readonly help: string;
  /** Labels besides those that every metric has. */
  readonly labels?: readonly MetricLabel[];
}

export interface HistogramFacts extends MetricFacts<HistogramName> {
  /** Upper bounds, in the unit. */
  readonly buckets: readonly number[];
}

/** Each label has few values, to keep the number of time series small. */
export type MetricLabel = 'model' | 'method' | 'end' | 'status' | 'phase';

/** The labels of every metric. */
export const COMMON_LABELS: readonly MetricLabel[] = ['model', 'method'];

export const COUNTERS: readonly MetricFacts<CounterName>[] = [
  { key: 'started', name: 'started', unit: '{stream}', help: 'Streams that began' },
  { key: 'ended', name: 'ended', unit: '{stream}', help: 'Streams that ended, by how', labels: ['end', 'status'] },
  { key: 'rows', name: 'rows', unit: '{row}', help: 'Rows passed to the socket' },
  { key: 'messages', name: 'messages', unit: '{message}', help: 'Messages passed to the socket' },
  { key: 'bytes', name: 'sent', unit: 'By', help: 'Bytes passed to the socket, including frames' },
  { key: 'rowsRead', name: 'rows_read', unit: '{row}', help: 'Rows read from the database' },
  {
    key: 'time',
    name: 'time',
    unit: 's',
    help: 'Time of streams by phase: the database, encoding, writing, waiting for clients to drain',
    labels: ['phase'],
  },
];

export const GAUGES: readonly MetricFacts<GaugeName>[] = [
  { key: 'running', name: 'running', unit: '{stream}', help: 'Streams that are running' },
  { key: 'queuedBytes', name: 'queued', unit: 'By', help: 'Bytes that are waiting for clients' },
];

/** A stream may end in a millisecond, and may last for hours. */
const STREAM_SECONDS: readonly number[] = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
/** The first row should come within a tenth of a second, and never comes after the default yield timeout. */
const FIRST_ROW_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** A chunk takes a few milliseconds when its query runs on an index. */
const QUERY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** From rows of megabytes to those that are a number. */
const CHUNK_ROWS = [4, 16, 64, 250, 500, 1000, 2000, 4000, 8000, 16_000, 64_000];

export const HISTOGRAMS: readonly HistogramFacts[] = [
  { key: 'duration', name: 'duration', unit: 's', help: 'How long streams lasted', buckets: STREAM_SECONDS },
  { key: 'firstRow', name: 'first_row', unit: 's', help: 'Time to the first row', buckets: FIRST_ROW_SECONDS },
  {
    key: 'phase',
    name: 'phase',
    unit: 's',
    help: 'Time of each stream by phase, recorded at its end',
    labels: ['phase'],
    buckets: STREAM_SECONDS,
  },
  { key: 'query', name: 'query', unit: 's', help: 'How long the database took for a chunk', buckets: QUERY_SECONDS },
  {
    key: 'chunkSize',
    name: 'chunk_size',
    unit: '{row}',
    help: 'Rows of a chunk as each stream asked for them last, recorded at its end',
    buckets: CHUNK_ROWS,
  },
];

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };

/** The name that OpenTelemetry's exporter for Prometheus gives the metric: one dashboard reads both. */
export function prometheusName({ name, unit }: Pick<MetricFacts, 'name' | 'unit'>, kind?: 'counter'): string {
  return `grpc_stream_${name}${UNIT_SUFFIXES[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`;
}
