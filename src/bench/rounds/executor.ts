import type { BenchSetting, BenchTable } from '../../results/index.js';
import type { StreamTimes } from '../../runtime/index.js';
import type { ExpectedRows } from '../database/expected-rows.js';

/** What the client saw of one stream. */
export interface StreamView {
  readonly rows: number;
  /** Bytes of the rows themselves, without framing. */
  readonly bytes: number;
  /** CRC-32 over the bytes of every row, in the order received. */
  readonly checksum: number;
  /** More than one where a table was read in parts. */
  readonly streams: number;
  /** How long after it was due the stream began; 0 where no clock says when. */
  readonly lateMs: number;
  readonly wallMs: number;
  readonly firstRowMs: number;
  /** Null where there was one message only. */
  readonly gapP50Ms: number | null;
  readonly gapP99Ms: number | null;
}

/** What the clients' process saw, and what it cost. */
export interface ClientReading {
  readonly streams: readonly StreamView[];
  /** From the first stream's beginning to the last one's end. */
  readonly wallMs: number;
  readonly cpuMicros: number;
}

/** What the server says of one stream, or of several together: counts and times added up, the worst end of all. */
export interface ServerReading {
  readonly end: string;
  readonly status: string;
  /** Rows handed to the socket. */
  readonly rows: number;
  readonly rowsRead: number;
  readonly durationMs: number;
  /** Null for handlers that have no probe. */
  readonly times: StreamTimes | null;
  readonly peakQueuedBytes: number | null;
  readonly peakRssBytes: number;
  readonly cpuMicros: number;
  readonly eventLoopP99Ms: number;
  readonly gcMs: number;
  /** `process.hrtime.bigint()` of the last query's end and of the last stream's end. */
  readonly lastQueryEndedAt: bigint;
  readonly endedAt: bigint;
}

/** Both ends of what one setting asks for. */
export interface StreamReading {
  readonly client: ClientReading;
  /** Null for a server that cannot be looked into. */
  readonly server: ServerReading | null;
}

/** Both ends of a stream that its client left. */
export interface CancelReading {
  readonly receivedRows: number;
  /** `process.hrtime.bigint()` of the client's cancel: one clock for all processes of a machine. */
  readonly cancelledAt: bigint;
  readonly server: ServerReading;
}

/** What a plan goes by: rows that there are, of those that were asked for, and about how large they are. */
export interface TableSize {
  readonly rows: number;
  readonly rowBytes: number;
}

/**
 * Where streams really run. The schedule, the statistics and the guidance know nothing else of processes, servers
 * and databases, so that they are tested with scripted readings and exact numbers.
 */
export interface Executor {
  /** One for each size of rows. */
  readonly tables: readonly [BenchTable, ...BenchTable[]];
  /** Of the first. */
  readonly size: TableSize;
  readonly database: { readonly provider: string; readonly version: string };
  /** The server's memory after its first row, when all that is loaded lazily has been; null where it cannot be seen. */
  readonly serverIdleRssBytes: number | null;
  /** Where the server is; null for one that the bench starts. */
  readonly address: string | null;
  /** Whether the server is one that can be looked into and started anew. */
  readonly isOurs: boolean;
  /** Whether its processes were each kept to cores of their own. */
  readonly pinned: boolean;
  /** CPU time that its processes have used since they began; null where they cannot be asked. */
  cpuMicros(): Promise<number | null>;
  /** What each stream of a setting must come to. */
  expected(setting: BenchSetting): ExpectedRows;
  /** Reads what the setting's load asks for. */
  stream(setting: BenchSetting): Promise<StreamReading>;
  /** Reads until `afterRows` rows have come, and leaves. */
  cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading>;
  /** Reads from a server that has streamed nothing before: memory once taken is not given back. */
  streamFromFreshServer(setting: BenchSetting): Promise<StreamReading>;
  /**
   * Ends the servers and the clients, and starts others in their place: what one process is by chance – where its memory
   * lies, what was compiled when – is then not taken for what its code is.
   */
  renew(): Promise<void>;
  close(): Promise<void>;
}
