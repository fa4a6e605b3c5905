import type { BenchLoad, BenchSetting, ScenarioName } from './setting.js';

/**
 * Where a stream's time went, in milliseconds of the server's wall time; several streams of one sample are added up.
 * `otherMs` is what is left: turns of the event loop, and waiting for one.
 */
export interface TimeSplit {
  readonly databaseMs: number;
  readonly encodeMs: number;
  /** Handing bytes to the socket. */
  readonly writeMs: number;
  readonly drainMs: number;
  readonly otherMs: number;
}

/** How long reads took, counted from when each was due to begin, however late it did. */
export interface LatencyFigures {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What one sample or one cell measures. Null is what could not be seen, or what was not looked at. */
export interface BenchFigures {
  /** Rows ÷ wall time, of all clients together. */
  readonly rowsPerSecond: number;
  readonly firstRowMs: number;
  /** Between two messages as the client sees them: two rows, or two batches. Null where there was one message only. */
  readonly gapP50Ms: number | null;
  readonly gapP99Ms: number | null;
  readonly clientCpuMicrosPerRow: number;
  /** The client's CPU time as a share of the wall time: near 1, it is the client that was measured. */
  readonly clientBusy: number;
  readonly serverCpuMicrosPerRow: number | null;
  readonly times: TimeSplit | null;
  /** The 99th percentile of how late the server's event loop was. */
  readonly eventLoopP99Ms: number | null;
  /** The server's time in the garbage collector. */
  readonly gcMs: number | null;
  /** Most bytes that waited for the socket at once, in one stream. */
  readonly peakQueuedBytes: number | null;
  /** Rows read from the database that the client had not been handed when it stopped reading. */
  readonly readAheadRows: number | null;
  /** The rate of the slowest of several clients as a share of the fastest's. */
  readonly fairness: number | null;
  /** Of reads that begin by the clock. */
  readonly latency: LatencyFigures | null;
}

/** One measurement: one stream read to its end, or the streams that its load asks for. */
export interface BenchSample extends BenchFigures {
  /** Counts from 1; samples of one round ran side by side in time, so they can be compared in pairs. 0: on a fresh server, before them. */
  readonly round: number;
  readonly rows: number;
  readonly bytes: number;
  readonly wallMs: number;
  /** How long each of the reads took that began by the clock, in milliseconds and in their order; of such samples only. */
  readonly readsMs?: readonly number[];
  /** Since the server was started, or since the last sample where the system can tell. */
  readonly serverPeakRssMb: number | null;
}

/** A low and a high end, of a 95% bootstrap interval. */
export type Interval = readonly [low: number, high: number];

/** One setting's figures; each but the memory is the median of its samples. */
export interface BenchCell extends BenchSetting, BenchFigures {
  /** Rows and row bytes of one sample, all verified. */
  readonly rows: number;
  readonly bytes: number;
  readonly rowsPerSecondCi: Interval;
  /** Row bytes ÷ wall time, in millions. */
  readonly megabytesPerSecond: number;
  readonly firstRowMsCi: Interval;
  /** Of a server that streamed the table once and nothing before; see `environment.serverIdleRssMb`. */
  readonly serverPeakRssMb: number | null;
  readonly samples: readonly BenchSample[];
}

/** A scenario's cells. `throughput` and `cancel` have their own places in the result. */
export interface BenchScenario {
  readonly name: ScenarioName;
  /** What it answers, in a sentence. */
  readonly question: string;
  readonly cells: readonly BenchCell[];
}

/** One client that left. */
export interface CancellationSample {
  readonly round: number;
  /** Rows the client had been handed when it cancelled. */
  readonly receivedRows: number;
  /** Rows that the server had handed to the socket and the client never saw. */
  readonly inFlightRows: number;
  /** The server's own count of rows read from the database. */
  readonly rowsRead: number;
  /** Received + in flight + two chunks: the most that may have been read. */
  readonly boundRows: number;
  readonly withinBound: boolean;
  /** From the client's cancel to the end of the last query; 0 when none was running any more. */
  readonly lastQueryMs: number;
  /** From the client's cancel to the end of the stream on the server. */
  readonly endedMs: number;
}

/** What leaving costs at one setting. */
export interface BenchCancellation {
  readonly chunk: number;
  readonly checkInterval: number;
  readonly load: BenchLoad;
  /** Of the sample that read the most past its client. */
  readonly worst: CancellationSample;
  readonly withinBound: boolean;
  readonly lastQueryMs: number;
  readonly lastQueryMaxMs: number;
  readonly endedMs: number;
  readonly endedMaxMs: number;
  readonly samples: readonly CancellationSample[];
}
