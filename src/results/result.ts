import type { BenchLoad, BenchSetting, BenchSettings, ScenarioName, StreamMode } from './setting.js';

/** The machine and the versions that the figures hold for. */
export interface BenchEnvironment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly os: string;
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly database: { readonly provider: string; readonly version: string };
  /** The server's memory after its first row; null for a server that is not ours. */
  readonly serverIdleRssMb: number | null;
  /** How the system clocks the cores, such as `performance`; null where it does not say. */
  readonly governor: string | null;
  /** The project's commit, with a `+` when files had changed; null outside a repository. */
  readonly commit: string | null;
  /** Whether server, client and the bench itself were each kept to cores of their own. */
  readonly pinned: boolean;
}

/**
 * What was streamed. `independent`: checked against an encoding that shares no code with the runtime; `consistent`: every
 * stream brought what the first one did.
 */
export interface BenchTable {
  readonly source: 'demo' | 'project' | 'server';
  readonly model: string;
  readonly rows: number;
  readonly bytes: number;
  readonly checksum: number;
  readonly verified: 'independent' | 'consistent';
  /** Of a server that ran already: `host:port`. */
  readonly address?: string;
  /** Size that the demo's rows were made to; null for rows that were there. */
  readonly rowBytes: number | null;
}

export type BenchWarningCode =
  | 'few-rounds'
  | 'time-limited'
  | 'too-short'
  | 'noisy'
  | 'outliers'
  | 'client-bound'
  | 'shared-cores'
  | 'busy-machine'
  | 'debugger'
  | 'battery'
  | 'cold-cache'
  | 'unsteady'
  | 'noisy-neighbour'
  | 'debug-build'
  | 'imprecise'
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
  readonly serverPeakRssMb: number | null;
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
  /** 2: loads and scenarios came, and figures that cannot be seen are null. */
  readonly schemaVersion: 2;
  readonly startedAt: string;
  readonly durationSeconds: number;
  /** Rounds that were completed; fewer than asked for when time ran out. */
  readonly rounds: number;
  readonly settings: BenchSettings;
  readonly environment: BenchEnvironment;
  /** The first of `tables`. */
  readonly table: BenchTable;
  /** One for each size of rows. */
  readonly tables: readonly BenchTable[];
  /** The throughput scenario: every combination of the sweep. */
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
  /** The other scenarios that were run. */
  readonly scenarios: readonly BenchScenario[];
  readonly guidance: readonly Advice[];
  readonly warnings: readonly BenchWarning[];
}

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

/** Settings that the measurements support beyond noise; those that they do not are left out. */
export interface ClearSettings {
  readonly chunkSize?: number;
  readonly cancellationCheckInterval?: number;
}

/**
 * What of the advice a configuration can take over as it is. One server has one chunk size, so it is the largest that
 * any of its streams wants; the interval is that for batch clients, which lies between the others.
 */
export function clearSettings(guidance: readonly Advice[]): ClearSettings {
  const clear = guidance.filter(({ confidence, recommended }) => confidence === 'clear' && recommended !== null);
  const chunks = clear
    .filter(({ setting, audience }) => setting === 'chunkSize' && audience !== 'tight-memory')
    .map(({ recommended }) => recommended ?? 0);
  const interval = clear.find(({ audience }) => audience === 'batch-clients')?.recommended ?? null;
  return {
    ...(chunks.length === 0 ? {} : { chunkSize: Math.max(...chunks) }),
    ...(interval === null ? {} : { cancellationCheckInterval: interval }),
  };
}
