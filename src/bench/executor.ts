import { z } from 'zod';
import type { BenchSetting, BenchTable, Immutable } from '../results/index.js';

/** The rows and the checksum that every stream of a table, or of its first rows, must have. */
export const expectedRowsSchema = z.strictObject({
  rows: z.number(),
  bytes: z.number(),
  checksum: z.number(),
});
export interface ExpectedRows extends Immutable<z.infer<typeof expectedRowsSchema>> {}

/** The facts of a table that a plan needs: its rows, up to the requested number, and their approximate size. */
export const tableSizeSchema = z.strictObject({ rows: z.number(), rowBytes: z.number() });
export interface TableSize extends Immutable<z.infer<typeof tableSizeSchema>> {}

/** The client's figures of one stream. */
const streamViewSchema = z.strictObject({
  rows: z.number(),
  /** Bytes of the rows themselves, without framing. */
  bytes: z.number(),
  /** CRC-32 over the bytes of every row, in the order received. */
  checksum: z.number(),
  /** More than one when a table was read in partitions. */
  streams: z.number(),
  /** How late the stream began; 0 without a clock. */
  lateMs: z.number(),
  wallMs: z.number(),
  firstRowMs: z.number(),
  /** Null where there was only one message. */
  gapP50Ms: z.number().nullable(),
  gapP99Ms: z.number().nullable(),
});
export interface StreamView extends Immutable<z.infer<typeof streamViewSchema>> {}

/** The figures of the clients' process, and its CPU time. */
export const clientReadingSchema = z.strictObject({
  streams: z.array(streamViewSchema),
  /** From the beginning of the first stream to the end of the last. */
  wallMs: z.number(),
  cpuMicros: z.number(),
});
export interface ClientReading extends Immutable<z.infer<typeof clientReadingSchema>> {}

/** The server's figures of one stream, or of several together: sums of counts and times, and the worst end. */
export const serverReadingSchema = z.strictObject({
  end: z.string(),
  status: z.string(),
  /** Rows passed to the socket. */
  rows: z.number(),
  rowsRead: z.number(),
  durationMs: z.number(),
  /** Null for hand-written handlers, which are not measured inside. */
  times: z
    .strictObject({ databaseMs: z.number(), encodeMs: z.number(), writeMs: z.number(), drainMs: z.number() })
    .nullable(),
  peakQueuedBytes: z.number().nullable(),
  peakRssBytes: z.number(),
  cpuMicros: z.number(),
  eventLoopP99Ms: z.number(),
  gcMs: z.number(),
  /** `process.hrtime.bigint()` of the last query's end and of the last stream's end. */
  lastQueryEndedAt: z.bigint(),
  endedAt: z.bigint(),
});
export interface ServerReading extends Immutable<z.infer<typeof serverReadingSchema>> {}

/** The readings of client and server for one setting. */
export interface StreamReading {
  readonly client: ClientReading;
  /** Null for a server that is seen from outside only. */
  readonly server: ServerReading | null;
}

/** The client's reading of a stream that it left. */
export const leftStreamSchema = z.strictObject({
  receivedRows: z.number(),
  /** `process.hrtime.bigint()` of the client's cancel: one clock for all processes of a machine. */
  cancelledAt: z.bigint(),
});
export interface LeftStream extends Immutable<z.infer<typeof leftStreamSchema>> {}

/** The readings of client and server for a stream that its client left. */
export interface CancelReading extends LeftStream {
  readonly server: ServerReading;
}

/**
 * Runs the streams. The schedule, the statistics and the guidance know nothing else about processes, servers and databases, so that tests can
 * use scripted readings and exact numbers.
 */
export interface Executor {
  /** One for each size of rows. */
  readonly tables: readonly [BenchTable, ...BenchTable[]];
  /** Of the first table. */
  readonly size: TableSize;
  readonly database: { readonly provider: string; readonly version: string };
  /** The server's memory after its first row, when all lazy modules are loaded; null if unknown. */
  readonly serverIdleRssBytes: number | null;
  /** The server's address; null for a server that the bench starts. */
  readonly address: string | null;
  /** Whether the bench started the server, and so can measure inside it and start it again. */
  readonly isOurs: boolean;
  /** Whether each of its processes was pinned to its own cores. */
  readonly pinned: boolean;
  /** CPU time that its processes have used since they started; null if unknown. */
  cpuMicros(): Promise<number | null>;
  /** The rows and the checksum that each stream of a setting must have. */
  expected(setting: BenchSetting): ExpectedRows;
  /** Reads the load of the setting. */
  stream(setting: BenchSetting): Promise<StreamReading>;
  /** Reads until `afterRows` rows have come, and leaves. */
  cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading>;
  /** Reads from a new server: a process hardly returns memory to the system. */
  streamFromFreshServer(setting: BenchSetting): Promise<StreamReading>;
  /**
   * Replaces the servers and the clients with new processes, so that the chance speed of one process (its memory layout, the time of its
   * compilations) is not mistaken for that of its code.
   */
  renew(): Promise<void>;
  close(): Promise<void>;
}
