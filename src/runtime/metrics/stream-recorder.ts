import type { Metadata } from '@grpc/grpc-js';
import { assertNever } from '../../errors/index.js';
import type { StreamLogger } from '../logger.js';
import { StreamClock } from './stream-clock.js';
import type { RunningStream, StreamEnd, StreamMetrics, StreamSummary } from './stream-metrics.js';

export interface MeasuredStreamOptions {
  readonly model: string;
  readonly method: string;
  readonly metadata?: Metadata | undefined;
  /** Who is told of the stream. */
  readonly metrics?: StreamMetrics | readonly StreamMetrics[] | undefined;
  readonly logger?: StreamLogger | undefined;
  /** What was handed on so far; asked for only when somebody wants to know. */
  readonly written: () => Written;
}

export interface Written {
  readonly rows: number;
  readonly messages: number;
  readonly bytes: number;
  readonly queuedBytes: number;
  readonly peakQueuedBytes: number;
}

/** Measures a stream from now on, and tells the metrics that it started. */
export function measuredStream({
  model,
  method,
  metadata,
  metrics = [],
  logger,
  written,
}: MeasuredStreamOptions): StreamRecorder {
  const clock = new StreamClock();
  const stream: RunningStream = {
    model,
    method,
    metadata,
    progress() {
      const { rows, messages, bytes, queuedBytes } = written();
      const { queries, rowsRead } = clock;
      return { rows, messages, bytes, queuedBytes, queries, rowsRead, times: clock.times };
    },
  };
  const tell = listeners(metrics, logger);
  tell((listener) => listener.streamStarted(stream));

  return {
    queryStarted: () => clock.queryStarted(),
    queryEnded(rows) {
      const durationMs = clock.queryEnded(rows);
      tell((listener) => listener.chunkRead?.(stream, { rows, durationMs }));
    },
    timeDatabase: (work) => clock.timeWait('databaseMs', work),
    timeTurn: (turn) => clock.timeTurn(turn),
    timeDrain: (work) => clock.timeWait('drainMs', work),
    timeEncode: (work) => clock.timeEncode(work),
    timeWrite: (work) => clock.timeWrite(work),
    firstRow: () => clock.firstRow(),
    ended({ failure, ...outcome }) {
      const summary = summaryOf({ model, method, ...outcome }, clock, written());
      tell((listener) => listener.streamEnded(stream, summary, failure));
      return summary;
    },
  };
}

/** What fails once in a stream is likely to fail at every chunk: one line a stream says enough. */
function listeners(metrics: StreamMetrics | readonly StreamMetrics[], logger: StreamLogger | undefined) {
  const broken = new Set<StreamMetrics>();
  return (what: (listener: StreamMetrics) => unknown): void => {
    for (const listener of [metrics].flat())
      tellSafely(
        () => what(listener),
        (err) => {
          if (!broken.has(listener)) logger?.error({ err }, 'Streaming metrics failed');
          broken.add(listener);
        },
      );
  };
}

function summaryOf(
  facts: Omit<StreamOutcome, 'failure'> & { readonly model: string; readonly method: string },
  { durationMs, firstRowMs, times, queries, rowsRead, lastQueryEndedAt }: StreamClock,
  { rows, messages, bytes, peakQueuedBytes }: Written,
): StreamSummary {
  const seconds = durationMs / 1000;
  return {
    ...facts,
    rows,
    messages,
    bytes,
    durationMs,
    firstRowMs,
    rowsPerSecond: seconds > 0 ? rows / seconds : 0,
    averageLatencySeconds: rows > 0 ? seconds / rows : 0,
    times,
    peakQueuedBytes,
    queries,
    rowsRead,
    lastQueryEndedAt,
  };
}

/** With `enableMetrics: false` nothing is measured, and no clock is read. */
export function openRecorder(options: MeasuredStreamOptions & { readonly enableMetrics: boolean }): StreamRecorder {
  return options.enableMetrics ? measuredStream(options) : unmeasured;
}

/** Hands every promise back as it came. */
const unmeasured: StreamRecorder = {
  queryStarted() {},
  queryEnded() {},
  timeDatabase: (work) => work,
  timeTurn: (turn) => turn,
  timeDrain: (work) => work,
  timeEncode: (work) => work(),
  timeWrite: (work) => work(),
  firstRow() {},
  ended: () => undefined,
};

/** Measures one stream: a few clock readings a chunk, none a row. */
export interface StreamRecorder {
  queryStarted(): void;
  queryEnded(rows: number): void;
  timeDatabase<T>(work: Promise<T>): Promise<T>;
  /**
   * Waiting for a turn of the event loop is waiting for the database as far as a query of this stream ended meanwhile: a driver that
   * reads in this very thread holds the loop while it does.
   */
  timeTurn(turn: Promise<void>): Promise<void>;
  timeDrain<T>(work: Promise<T>): Promise<T>;
  timeEncode(work: () => void): void;
  /** Handing a block to the transport: no part of whatever else is timed meanwhile. */
  timeWrite(work: () => void): void;
  /** The first row is handed on. Handing over the first block says as much. */
  firstRow(): void;
  /** Tells the metrics, and sums up; undefined when nothing was measured. */
  ended(outcome: StreamOutcome): StreamSummary | undefined;
}

export interface StreamOutcome {
  readonly end: StreamEnd;
  /** gRPC status name. */
  readonly status: string;
  /** What was thrown, if anything was. */
  readonly failure: unknown;
}

interface Report {
  readonly model: string;
  readonly method: string;
  readonly outcome: StreamOutcome;
  readonly recorder: StreamRecorder;
  readonly logger?: StreamLogger | undefined;
  readonly onStreamEnd?: ((summary: StreamSummary) => void) | undefined;
}

/** Tells the log and the metrics that a stream ended, once, however it ended. Never throws: whoever is told must not harm the stream. */
export function reportStream({ model, method, outcome, recorder, logger, onStreamEnd }: Report): void {
  const { end, failure } = outcome;
  const complain = (err: unknown) => logger?.error({ err }, 'Streaming report failed');
  if (end === 'failed') tellSafely(() => logger?.error({ err: failure, model, method }, 'Streaming error'), complain);
  const summary = recorder.ended(outcome);
  if (!summary) return;
  tellSafely(() => logger && log(logger, summary), complain);
  tellSafely(() => onStreamEnd?.(summary), complain);
}

/** The same line as ever, and the same facts as fields. */
function log(logger: StreamLogger, summary: StreamSummary): void {
  const { rows, rowsPerSecond, averageLatencySeconds, lastQueryEndedAt: _, ...rest } = summary;
  const line = `Streaming metrics: ${rows} items, rate: ${rowsPerSecond.toFixed(2)} items/s, avg latency: ${averageLatencySeconds.toFixed(4)}s`;
  logger[levelOf(summary)]({ ...rest, rows, rowsPerSecond, averageLatencySeconds }, line);
}

/** A client that leaves is no failure of ours; a stall is worth a look. */
function levelOf({ end }: StreamSummary): 'info' | 'warn' {
  switch (end) {
    case 'done':
    case 'cancelled':
    case 'shutdown':
      return 'info';
    case 'deadline':
    case 'consumer-stalled':
    case 'database-stalled':
    case 'failed':
      return 'warn';
    default:
      return assertNever(end);
  }
}

interface Retried {
  readonly model: string;
  readonly method: string;
  readonly logger?: StreamLogger | undefined;
}

/** Tells the log of queries that are asked again: a stream that goes on hides a database that does not. */
export function retryReporter({ model, method, logger }: Retried): (error: unknown) => void {
  return (err) =>
    tellSafely(
      () => logger?.warn({ err, model, method }, 'Database connection lost: reading on from the last row'),
      (failure) => logger?.error({ err: failure }, 'Streaming report failed'),
    );
}

/** Calls what is not ours: it must not harm the stream, by what it throws no more than by a promise that is rejected later. */
export function tellSafely(tell: () => unknown, complain: (err: unknown) => void): void {
  try {
    const told = tell();
    if (told instanceof Promise) told.catch((err: unknown) => complainSafely(complain, err));
  } catch (err) {
    complainSafely(complain, err);
  }
}

function complainSafely(complain: (err: unknown) => void, err: unknown): void {
  try {
    complain(err);
  } catch {
    // It is the logger itself that fails: there is nobody left to tell.
  }
}
