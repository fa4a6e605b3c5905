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
}

/** What the bench was asked to do. */
export interface BenchSettings {
  readonly chunks: readonly number[];
  readonly checkIntervals: readonly number[];
  /** Sizes of batch that are measured beside the row stream; empty for none. */
  readonly batchRows: readonly number[];
  readonly rows: number;
  readonly rowBytes: number;
  readonly rounds: number;
  /** No round is begun that would end later than this after the start; one round is always run. */
  readonly maxTimeSeconds: number;
  /** Decides the rows' content, the order within each round and the points of cancellation. */
  readonly seed: number;
  readonly quick: boolean;
}

/** Where a stream's time went, in milliseconds of the server's wall time. */
export interface TimeSplit {
  readonly databaseMs: number;
  readonly encodeMs: number;
  readonly drainMs: number;
  readonly otherMs: number;
}

/** One stream, read to its end. */
export interface BenchSample {
  /** Counts from 1; samples of one round ran side by side in time, so they can be compared in pairs. */
  readonly round: number;
  readonly wallMs: number;
  readonly rowsPerSecond: number;
  readonly firstRowMs: number;
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
  readonly serverCpuMicrosPerRow: number;
  readonly clientCpuMicrosPerRow: number;
  /** The client's CPU time as a share of the wall time: near 1, it is the client that was measured. */
  readonly clientBusy: number;
  readonly times: TimeSplit;
}

/** A low and a high end, of a 95% bootstrap interval. */
export type Interval = readonly [low: number, high: number];

/** One setting's figures; each but the memory is the median of its samples. */
export interface BenchCell extends BenchSetting {
  /** Rows and row bytes of one stream, all verified. */
  readonly rows: number;
  readonly bytes: number;
  /** Rows ÷ wall time. */
  readonly rowsPerSecond: number;
  readonly rowsPerSecondCi: Interval;
  /** Row bytes ÷ wall time, in millions. */
  readonly megabytesPerSecond: number;
  readonly firstRowMs: number;
  readonly firstRowMsCi: Interval;
  /** Between two messages as the client sees them: two rows, or two batches. */
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
  /** Of a server that streamed the table once and nothing before; see `environment.serverIdleRssMb`. */
  readonly serverPeakRssMb: number;
  readonly serverCpuMicrosPerRow: number;
  readonly clientCpuMicrosPerRow: number;
  readonly clientBusy: number;
  readonly times: TimeSplit;
  readonly samples: readonly BenchSample[];
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
  /** Of the sample that read the most past its client. */
  readonly worst: CancellationSample;
  readonly withinBound: boolean;
  readonly lastQueryMs: number;
  readonly lastQueryMaxMs: number;
  readonly endedMs: number;
  readonly endedMaxMs: number;
  readonly samples: readonly CancellationSample[];
}

/** The machine and the versions that the figures hold for. */
export interface BenchEnvironment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly os: string;
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly database: { readonly provider: string; readonly version: string };
  /** The server's memory after its first row. */
  readonly serverIdleRssMb: number;
}

/** What was streamed. `independent`: checked against an encoding that shares no code with the runtime. */
export interface BenchTable {
  readonly source: 'demo' | 'project';
  readonly model: string;
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: number;
  readonly verified: 'independent' | 'consistent';
}

export type BenchWarningCode =
  | 'few-rounds'
  | 'time-limited'
  | 'too-short'
  | 'noisy'
  | 'client-bound'
  | 'shared-cores'
  | 'busy-machine'
  | 'debugger'
  | 'read-past-bound';

/** Something that makes the figures weaker, and what to do about it. */
export interface BenchWarning {
  readonly code: BenchWarningCode;
  readonly message: string;
  readonly hint: string;
}

/** How a value compares with the fastest one. `unclear`: the noise cannot tell. */
export type Verdict = 'fastest' | 'tied' | 'slower' | 'unclear';

/** One value of a setting, compared in pairs with the fastest value within the same rounds. */
export interface Candidate {
  readonly value: number;
  readonly rowsPerSecond: number;
  /** Its rate as a share of the fastest value's; the median of the pairs. */
  readonly ratio: number;
  readonly ratioCi: Interval;
  /** Chance of pairs at least this slow if the two were equal (Wilcoxon signed-rank, one-sided). */
  readonly pValue: number;
  /** Pairs compared. */
  readonly pairs: number;
  readonly verdict: Verdict;
  readonly firstRowMs: number;
  readonly serverPeakRssMb: number;
  readonly withinBudget: boolean;
  /** Median time from a client's cancel to the end of its stream, where that was measured. */
  readonly cancelMs?: number;
}

/** Who a piece of advice is for. */
export type Audience =
  | 'small-rows'
  | 'medium-rows'
  | 'large-rows'
  | 'tight-memory'
  | 'interactive-clients'
  | 'batch-clients'
  | 'high-throughput-clients';

/** A rule of thumb in circulation, held against what was measured. */
export interface RuleOfThumb {
  readonly min: number;
  readonly max: number | null;
  readonly verdict: 'holds' | 'does-not-hold' | 'cannot-tell' | 'not-measured';
}

/** One piece of tuning advice, with all that it rests on. */
export interface Advice {
  readonly setting: 'chunkSize' | 'cancellationCheckInterval';
  readonly audience: Audience;
  readonly mode: StreamMode;
  /** Null when the measurements support no value. */
  readonly recommended: number | null;
  /** `unclear` when the noise cannot tell the recommended value, or a smaller one, from the fastest. */
  readonly confidence: 'clear' | 'unclear';
  /** Share of the fastest rate that may be given up for a smaller value. */
  readonly tolerance: number;
  readonly budget: { readonly firstRowMs: number | null; readonly serverPeakRssMb: number | null };
  readonly candidates: readonly Candidate[];
  readonly rule: RuleOfThumb | null;
}

/** A whole run of the bench: what `--json` prints and `.grpc-stream/bench/` keeps. */
export interface BenchResult {
  readonly schemaVersion: 1;
  readonly startedAt: string;
  readonly durationSeconds: number;
  /** Rounds that were completed; fewer than asked for when time ran out. */
  readonly rounds: number;
  readonly settings: BenchSettings;
  readonly environment: BenchEnvironment;
  readonly table: BenchTable;
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
  readonly guidance: readonly Advice[];
  readonly warnings: readonly BenchWarning[];
}
