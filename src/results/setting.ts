/** One row a message, or many. */
export type StreamMode = 'rows' | 'batches';

/** The settings under test in one measurement; what is swept is the product of their values. */
export interface BenchSetting {
  /** Rows a database round trip. */
  readonly chunk: number;
  /** Rows between two looks at cancellation. */
  readonly checkInterval: number;
  readonly mode: StreamMode;
  /** Most rows in one message of a batch stream; null when a message is a row. */
  readonly batchRows: number | null;
  readonly load: BenchLoad;
}

/**
 * How the server reads: `stream` is the generated service; the others are what is written without it, from the seed's
 * legacy way (the whole table in memory) over `skip` and `take` to a plain handler with a keyset loop.
 */
export type BenchMethod = 'stream' | 'plain' | 'legacy' | 'offset';

/** Which rows are read, by whom and from how far: all of a measurement that is not a knob of the server. */
export interface BenchLoad {
  readonly method: BenchMethod;
  /** Most rows that one client reads; null for the whole table. */
  readonly rows: number | null;
  /** Size that the demo's rows were made to; null for rows that were there. */
  readonly rowBytes: number | null;
  /** Clients that read side by side, each over a connection of its own. */
  readonly clients: number;
  /** Streams that one table is split into; 1 for none. */
  readonly partitions: number;
  /** Round trip that is added between client and server. */
  readonly rttMs: number;
  /** The client's flow-control window; null for that of the generated client. */
  readonly windowBytes: number | null;
  readonly consistency: 'chunked' | 'snapshot';
  /** Rows a second that a slow consumer takes; null for as fast as it can. */
  readonly paceRowsPerSecond: number | null;
  /** Short reads that begin each second by the clock; null for one after the other. */
  readonly readsPerSecond: number | null;
}

export type ScenarioName =
  | 'throughput'
  | 'cancel'
  | 'latency'
  | 'slow-consumer'
  | 'memory'
  | 'many-clients'
  | 'distance'
  | 'partitions'
  | 'legacy'
  | 'offset'
  | 'plain';

/** Values of the load that were asked for; null leaves them to each scenario. */
export interface LoadSweep {
  readonly rowBytes: readonly number[] | null;
  readonly clients: readonly number[] | null;
  readonly partitions: readonly number[] | null;
  readonly rttMs: readonly number[] | null;
  readonly windowBytes: readonly number[] | null;
  readonly consistency: readonly BenchLoad['consistency'][] | null;
  readonly paceRowsPerSecond: readonly number[] | null;
  readonly readsPerSecond: readonly number[] | null;
}

/** What the bench was asked to do. */
export interface BenchSettings {
  readonly scenarios: readonly ScenarioName[];
  readonly chunks: readonly number[];
  readonly checkIntervals: readonly number[];
  /** Sizes of batch that are measured beside the row stream; empty for none. */
  readonly batchRows: readonly number[];
  readonly loads: LoadSweep;
  readonly rows: number;
  /** The first of the sizes that are swept. */
  readonly rowBytes: number;
  /** Most rounds. */
  readonly rounds: number;
  /** Rounds end when half the 95% interval of every rate is within this share of it; null for never. */
  readonly precision: number | null;
  /** No round is begun that would end later than this after the start; one round is always run. */
  readonly maxTimeSeconds: number;
  /** Decides the rows' content, the order within each round and the points of cancellation. */
  readonly seed: number;
  readonly quick: boolean;
}

/** One client beside the server that reads the whole table as fast as it can. */
export const plainLoad: BenchLoad = Object.freeze({
  method: 'stream',
  rows: null,
  rowBytes: null,
  clients: 1,
  partitions: 1,
  rttMs: 0,
  windowBytes: null,
  consistency: 'chunked',
  paceRowsPerSecond: null,
  readsPerSecond: null,
});

/** Whether a clock sets the rate of a load: what it reaches then says nothing of the server's own. */
export function isPaced({ paceRowsPerSecond, readsPerSecond }: BenchLoad): boolean {
  return paceRowsPerSecond !== null || readsPerSecond !== null;
}

/**
 * What sets a load apart from one client that reads the whole table as fast as it can, in a few words; empty for that one.
 *
 * @example
 * describeLoad({ ...plainLoad, clients: 4, rttMs: 20 }); // '4 clients, 20 ms away'
 */
export function describeLoad(load: BenchLoad): string {
  return loadWords(load).join(', ');
}

/** The words of {@link describeLoad}, one for each way in which a load is set apart. */
export function loadWords(load: BenchLoad): string[] {
  return wordings.flatMap((words) => words(load) ?? []);
}

type Wording = (load: BenchLoad) => string | undefined;

const wordings: readonly Wording[] = [
  ({ method }) => (method === 'stream' ? undefined : method),
  ({ rows }) => (rows === null ? undefined : `${grouped(rows)} rows`),
  ({ rowBytes }) => (rowBytes === null ? undefined : `rows of ${grouped(rowBytes)} bytes`),
  ({ clients }) => (clients === 1 ? undefined : `${clients} clients`),
  ({ partitions }) => (partitions === 1 ? undefined : `${partitions} partitions`),
  ({ rttMs }) => (rttMs === 0 ? undefined : `${rttMs} ms away`),
  ({ windowBytes }) => (windowBytes === null ? undefined : `window ${binary(windowBytes)}`),
  ({ consistency }) => (consistency === 'chunked' ? undefined : consistency),
  ({ paceRowsPerSecond: pace }) => (pace === null ? undefined : `taking ${grouped(pace)} rows/s`),
  ({ readsPerSecond: rate }) => (rate === null ? undefined : `${grouped(rate)} reads/s`),
];

/** Words are keys as well: two windows must not read alike. */
function binary(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${grouped(bytes)} bytes`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
