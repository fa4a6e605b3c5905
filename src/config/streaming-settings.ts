/**
 * How rows are streamed. Every knob has a default that is safe for any table; `grpc-stream bench` measures what suits yours.
 */
export interface StreamingSettings {
  /** Most rows read in one database round trip. Default 1,000. */
  readonly chunkSize: number;
  /** Rows between two looks at cancellation, each of which yields to the event loop. Default 100. */
  readonly cancellationCheckInterval: number;
  /** Longest time between two yields, in seconds, whether the database or the consumer stalls. Default 30. */
  readonly yieldTimeout: number;
  /** Measures every stream and logs a line when it ends. Default true. */
  readonly enableMetrics: boolean;
  /** Chunks fetched beyond the one being written. Default 1. */
  readonly readahead: number;
  /** Most bytes of rows in a chunk: where rows are large, a chunk has fewer than `chunkSize`. Default 8 MiB. */
  readonly maxChunkBytes: number;
  /** Most bytes of encoded rows that wait for the socket, a stream. Default 512 KiB. */
  readonly maxQueuedBytes: number;
  /** Most rows in one message of a batch stream. Default 500. */
  readonly batchRows: number;
  /** Most bytes in one message; clients refuse more than 4 MiB by default. Default 4 MiB less 64 KiB for headers. */
  readonly maxMessageBytes: number;
  /** Reads rows by SQL through the driver adapter, where that gives the same values as Prisma's client. Default true. */
  readonly rawQueries: boolean;
  /**
   * What becomes of a value that a message cannot hold, such as PostgreSQL's `infinity`: `fail` ends the stream with an error that names
   * the field; `null` sends the row without the value where its column may be NULL, logs it, and counts it. Default `fail`.
   */
  readonly onUnreadable: 'fail' | 'null';
  /**
   * Seconds that a stream with `settled` waits before it takes rows of MySQL for settled: transactions that take longer to commit are passed
   * by. PostgreSQL and SQLite need no such wait. Default 1.
   */
  readonly settleDelay: number;
  /** Most rows that one stream may ask for; with it, every request must have a `limit`. 0 sets none. Default 0. */
  readonly maxLimit: number;
  /** Largest chunk that a client may hint at; a larger hint counts as this. Default 100,000. */
  readonly maxChunkSize: number;
  /** Longest check interval that a client may hint at; a longer hint counts as this. Default 100,000. */
  readonly maxCheckInterval: number;
}

export const defaultStreamingSettings: StreamingSettings = Object.freeze({
  chunkSize: 1000,
  cancellationCheckInterval: 100,
  yieldTimeout: 30,
  enableMetrics: true,
  /** One chunk ahead hides the database's round trip. */
  readahead: 1,
  maxChunkBytes: 8 * 1024 * 1024,
  /** Twice as much is no faster, and costs as much memory for every slow reader. */
  maxQueuedBytes: 512 * 1024,
  /** Past some 500 rows a message the rate no longer grows, and the first message is late. */
  batchRows: 500,
  maxMessageBytes: 4 * 1024 * 1024 - 64 * 1024,
  rawQueries: true,
  onUnreadable: 'fail',
  settleDelay: 1,
  maxLimit: 0,
  maxChunkSize: 100_000,
  maxCheckInterval: 100_000,
});

/** The smallest and the largest value that each numeric setting may have. */
export const streamingBounds = Object.freeze({
  chunkSize: { min: 1, max: 100_000 },
  cancellationCheckInterval: { min: 1, max: 100_000 },
  yieldTimeout: { min: 0.05, max: 86_400 },
  readahead: { min: 0, max: 16 },
  maxChunkBytes: { min: 64 * 1024, max: 1024 * 1024 * 1024 },
  maxQueuedBytes: { min: 64 * 1024, max: 1024 * 1024 * 1024 },
  batchRows: { min: 1, max: 100_000 },
  maxMessageBytes: { min: 1024, max: 1024 * 1024 * 1024 },
  settleDelay: { min: 0, max: 3600 },
  maxLimit: { min: 0, max: 100_000_000_000 },
  maxChunkSize: { min: 1, max: 100_000 },
  maxCheckInterval: { min: 1, max: 100_000 },
});

/** All settings, from options that name a few; one that is given as undefined means its default. */
export function settingsOf(options: Partial<StreamingSettings>): StreamingSettings {
  const given = Object.entries(options).filter(
    ([key, value]) => key in defaultStreamingSettings && value !== undefined,
  );
  return { ...defaultStreamingSettings, ...Object.fromEntries(given) };
}
