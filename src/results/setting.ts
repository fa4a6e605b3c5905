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
