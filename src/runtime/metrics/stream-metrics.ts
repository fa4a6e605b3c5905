import type { Metadata } from '@grpc/grpc-js';
import type { StreamEnd } from '../status/stream-stopped.js';

/**
 * An interface to observe streams, for metrics and traces. `prometheusMetrics`, `openTelemetryMetrics` and `openTelemetryTracing` implement
 * it; so can you. Its methods are called when a stream starts and ends, and it can read the figures of a running stream at any time, so that
 * nothing is counted twice and a row costs nothing.
 *
 * An error that it throws is logged, and does not affect the stream. With `enableMetrics: false` it is not called.
 *
 * @example
 * const running = new Set<RunningStream>();
 * const metrics: StreamMetrics = {
 *   streamStarted: (stream) => running.add(stream),
 *   streamEnded: (stream) => running.delete(stream),
 * };
 *
 *
 */
export interface StreamMetrics {
  streamStarted(stream: RunningStream): void;
  /** Called when a query has returned a chunk of rows. */
  chunkRead?(stream: RunningStream, chunk: ChunkRead): void;
  /** Called once for every stream that started, however it ended; `failure` is the error, if there was one. */
  streamEnded(stream: RunningStream, summary: StreamSummary, failure?: unknown): void;
}

/** One database round trip. */
export interface ChunkRead {
  readonly rows: number;
  readonly durationMs: number;
}

/** A stream that has not ended. The same object at its start and at its end. */
export interface RunningStream {
  readonly model: string;
  /** The RPC, such as `library.v1.BookStreamService/StreamBooks`; empty for a `streamQuery` without a call of gRPC. */
  readonly method: string;
  /** The metadata that the client sent. It may hold secrets: do not log it. */
  readonly metadata: Metadata | undefined;
  /** Its figures so far. */
  progress(): StreamProgress;
}

/** The progress of a stream: each figure only grows, except `queuedBytes`. */
export interface StreamProgress {
  /** Rows, messages and bytes handed to the socket. */
  readonly rows: number;
  readonly messages: number;
  readonly bytes: number;
  /** Bytes that wait for the client. */
  readonly queuedBytes: number;
  /** Database round trips, and the rows they returned. */
  readonly queries: number;
  readonly rowsRead: number;
  /** Includes the current wait so far. */
  readonly times: StreamTimes;
}

/** A stream's time by phase, in milliseconds of wall time. The phases do not overlap; their sum is less than the stream's duration. */
export interface StreamTimes {
  /** Waiting for the database, as far as readahead did not hide it. */
  readonly databaseMs: number;
  readonly encodeMs: number;
  /** Passing blocks to the transport. */
  readonly writeMs: number;
  /** Waiting for the consumer: for queued bytes to drain. */
  readonly drainMs: number;
}

/** The figures of one stream that ended; the log line, the metrics and the bench use them. */
export interface StreamSummary {
  readonly model: string;
  /** The RPC, such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  readonly end: StreamEnd;
  /** gRPC status name, such as `OK`. */
  readonly status: string;
  /** Rows passed to the socket. */
  readonly rows: number;
  readonly messages: number;
  /** Bytes passed to the socket, including frames. */
  readonly bytes: number;
  readonly durationMs: number;
  /** From the start until the first rows were handed to the socket; undefined when none were. */
  readonly firstRowMs: number | undefined;
  readonly rowsPerSecond: number;
  /** Mean time for a row, in seconds. */
  readonly averageLatencySeconds: number;
  readonly times: StreamTimes;
  /** The most bytes that waited for the socket at a time. */
  readonly peakQueuedBytes: number;
  /** Database round trips, and the rows they returned: more than `rows` when the stream ended early. */
  readonly queries: number;
  readonly rowsRead: number;
  /** Rows of its last chunks, as it asked for them: what `chunkSize` says or `auto` found, or fewer where rows are large. */
  readonly chunkSize: number;
  /** Rows of its largest chunk. */
  readonly largestChunk: number;
  /** Values that rows were sent without, since a message cannot hold them (`streaming.onUnreadable`). */
  readonly valuesLeftOut: number;
  /** `process.hrtime.bigint()` when the last query ended: one clock for all processes of a machine. */
  readonly lastQueryEndedAt: bigint;
}
