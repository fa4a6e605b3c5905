import type { Metadata } from '@grpc/grpc-js';
import type { StreamEnd } from '../status/stream-stopped.js';

/**
 * What watches streams: the small interface behind which metrics and traces are kept. `prometheusMetrics`, `openTelemetryMetrics` and
 * `openTelemetryTracing` implement it; so can you. It is told of starts and ends, and asks a running stream for its figures whenever
 * it wants them, so that nothing is counted twice and a row costs nothing.
 *
 * What it throws is logged, and never harms a stream. With `enableMetrics: false` it is told nothing.
 *
 * @example
 * const running = new Set<RunningStream>();
 * const metrics: StreamMetrics = {
 *   streamStarted: (stream) => running.add(stream),
 *   streamEnded: (stream) => running.delete(stream),
 * };
 */
export interface StreamMetrics {
  streamStarted(stream: RunningStream): void;
  /** A query brought a chunk of rows. */
  chunkRead?(stream: RunningStream, chunk: ChunkRead): void;
  /** Called once for every stream that started, however it ended; `failure` is what was thrown, if anything was. */
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
  /** What the client sent beside its request. It may hold secrets: log none of it. */
  readonly metadata: Metadata | undefined;
  /** Its figures at this moment. */
  progress(): StreamProgress;
}

/** How far a stream is: each figure only grows, except `queuedBytes`. */
export interface StreamProgress {
  /** Rows, messages and bytes handed to the socket. */
  readonly rows: number;
  readonly messages: number;
  readonly bytes: number;
  /** Bytes that wait for the client. */
  readonly queuedBytes: number;
  /** Database round trips, and the rows they brought. */
  readonly queries: number;
  readonly rowsRead: number;
  /** The wait that goes on at this moment is counted so far. */
  readonly times: StreamTimes;
}

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
  /** Values left out of their rows, since a message cannot hold them (`streaming.onUnreadable`). */
  readonly valuesLeftOut: number;
  /** `process.hrtime.bigint()` when the last query ended: one clock for all processes of a machine. */
  readonly lastQueryEndedAt: bigint;
}
