import type { BenchSetting, BenchTable } from '../model/index.js';

/** What the client saw of one stream. */
export interface ClientReading {
  readonly rows: number;
  /** Bytes of the rows themselves, without framing. */
  readonly bytes: number;
  /** CRC-32 over the bytes of every row, in the order received. */
  readonly checksum: number;
  readonly wallMs: number;
  readonly firstRowMs: number;
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
  readonly cpuMicros: number;
}

/** What the server says of one stream. */
export interface ServerReading {
  readonly end: string;
  readonly status: string;
  /** Rows handed to the socket. */
  readonly rows: number;
  readonly rowsRead: number;
  readonly durationMs: number;
  readonly databaseMs: number;
  readonly encodeMs: number;
  readonly drainMs: number;
  readonly peakRssBytes: number;
  readonly cpuMicros: number;
  /** `process.hrtime.bigint()` of the last query's end and of the stream's end. */
  readonly lastQueryEndedAt: bigint;
  readonly endedAt: bigint;
}

/** Both ends of one stream. */
export interface StreamReading {
  readonly client: ClientReading;
  readonly server: ServerReading;
}

/** Both ends of a stream that its client left. */
export interface CancelReading {
  readonly receivedRows: number;
  /** `process.hrtime.bigint()` of the client's cancel: one clock for all processes of a machine. */
  readonly cancelledAt: bigint;
  readonly server: ServerReading;
}

/**
 * Where streams really run. The schedule, the statistics and the guidance know nothing else of processes, servers
 * and databases, so that they are tested with scripted readings and exact numbers.
 */
export interface Executor {
  readonly table: BenchTable;
  readonly database: { readonly provider: string; readonly version: string };
  /** The server's memory after its first row, when all that is loaded lazily has been. */
  readonly serverIdleRssBytes: number;
  /** Reads the table to its end, or its first `limit` rows. */
  stream(setting: BenchSetting, options?: { readonly limit?: number }): Promise<StreamReading>;
  /** Reads until `afterRows` rows have come, and leaves. */
  cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading>;
  /** Reads the table to its end from a server that has streamed nothing before: memory once taken is not given back. */
  streamFromFreshServer(setting: BenchSetting): Promise<StreamReading>;
  close(): Promise<void>;
}
