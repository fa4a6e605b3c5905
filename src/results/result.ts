import type { BenchCancellation, BenchCell, BenchScenario, Interval } from './bench-cell.js';
import type { BenchSettings, StreamMode } from './setting.js';

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
