/** How a stream ended. `cancelled` is nobody's fault; the stalls say who stopped moving. */
export type StreamEnd =
  | 'done'
  | 'cancelled'
  | 'deadline'
  | 'consumer-stalled'
  | 'database-stalled'
  | 'shutdown'
  | 'failed';

/** Where a stream's time went, in milliseconds of wall time; none is part of another, and together they are less than its duration. */
export interface StreamTimes {
  /** Waiting for the database: what readahead did not hide. */
  readonly databaseMs: number;
  readonly encodeMs: number;
  /** Handing blocks to the transport. */
  readonly writeMs: number;
  /** Held by the consumer: waiting for queued bytes to drain. */
  readonly drainMs: number;
}

/** The facts about one stream that ended; the log line, the metrics and the bench are all made from it. */
export interface StreamSummary {
  readonly model: string;
  /** The RPC, such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  readonly end: StreamEnd;
  /** gRPC status name, such as `OK`. */
  readonly status: string;
  /** Rows handed to the socket. */
  readonly rows: number;
  readonly messages: number;
  /** Bytes handed to the socket, frames included. */
  readonly bytes: number;
  readonly durationMs: number;
  /** From the start until the first rows were handed to the socket; undefined when none were. */
  readonly firstRowMs: number | undefined;
  readonly rowsPerSecond: number;
  /** Mean time a row, in seconds, as the seed's log line prints it. */
  readonly averageLatencySeconds: number;
  readonly times: StreamTimes;
  /** Most bytes that waited for the socket at once. */
  readonly peakQueuedBytes: number;
  /** Database round trips, and the rows they brought: more than `rows` when the stream ended early. */
  readonly queries: number;
  readonly rowsRead: number;
  /** `process.hrtime.bigint()` when the last query ended: one clock for all processes of a machine. */
  readonly lastQueryEndedAt: bigint;
}
