import type { Metadata } from '@grpc/grpc-js';
import { assertNever } from '../../errors/index.js';
import type { UnreadableValue } from '../encode/unreadable-value.js';
import type { StreamLogger } from '../logger.js';
import type { StreamEnd } from '../status/stream-stopped.js';
import type { RunningStream, StreamMetrics, StreamSummary, StreamTimes } from './stream-metrics.js';

export interface StreamRecorderOptions {
  readonly model: string;
  /** Such as `library.v1.BookStreamService/StreamBooks`; empty outside a call. */
  readonly method: string;
  readonly metadata?: Metadata | undefined;
  /** With false nothing is measured and no clock is read; errors and retries are still logged. */
  readonly enableMetrics: boolean;
  readonly metrics?: StreamMetrics | readonly StreamMetrics[] | undefined;
  readonly logger?: StreamLogger | undefined;
  readonly onStreamEnd?: ((summary: StreamSummary) => void) | undefined;
  /** Returns what was sent so far; called only when it is needed. */
  readonly written: () => Written;
}

export interface Written {
  readonly rows: number;
  readonly messages: number;
  readonly bytes: number;
  readonly queuedBytes: number;
  readonly peakQueuedBytes: number;
  /** Rows of a chunk, as they were asked for last. */
  readonly chunkSize: number;
}

export interface StreamOutcome {
  readonly end: StreamEnd;
  /** gRPC status name. */
  readonly status: string;
  /** The error, if there was one. */
  readonly failure: unknown;
}

/**
 * Measures one stream and reports it to the log, the metrics and `onStreamEnd`: its start, its queries, its retries and its end. It reads the
 * clock a few times for each chunk, never for a row. Errors of the code that it calls do not affect the stream.
 */
export class StreamRecorder {
  private readonly options: StreamRecorderOptions;
  private readonly clock: StreamClock | undefined;
  private readonly stream: RunningStream;
  private readonly leftOutFields = new Set<string>();
  private valuesLeftOut = 0;
  /** A listener that fails once is likely to fail at every chunk: one line for a stream is enough. */
  private readonly failed = new Set<StreamMetrics>();

  /** Starts to measure. */
  constructor(options: StreamRecorderOptions) {
    const { model, method, metadata, enableMetrics } = options;
    this.options = options;
    this.clock = enableMetrics ? new StreamClock() : undefined;
    this.stream = { model, method, metadata, progress: () => this.progress() };
    this.notify((listener) => listener.streamStarted(this.stream));
  }

  queryStarted(): void {
    this.clock?.queryStarted();
  }

  queryEnded(rows: number): void {
    const durationMs = this.clock?.queryEnded(rows) ?? 0;
    this.notify((listener) => listener.chunkRead?.(this.stream, { rows, durationMs }));
  }

  /** Logs that a query failed and runs again: otherwise nobody would learn of a database that keeps failing. */
  queryRetried(err: unknown): void {
    const { model, method, logger } = this.options;
    this.report(() => logger?.warn({ err, model, method }, 'Database connection lost: continuing after the last row'));
  }

  /**
   * Logs that a row is sent without a value, since a message cannot hold it. One line for a field is enough: a whole column may be
   * unreadable.
   */
  valueLeftOut({ field, problem }: UnreadableValue, key: string): void {
    const { model, method, logger } = this.options;
    this.valuesLeftOut++;
    if (this.leftOutFields.has(field)) return;
    this.leftOutFields.add(field);
    this.report(() => logger?.warn({ model, method, field, key }, `Value left out: ${model}.${field} ${problem}`));
  }

  timeDatabase<T>(work: Promise<T>): Promise<T> {
    return this.clock ? this.clock.timeWait('databaseMs', work) : work;
  }

  /**
   * Waiting for a turn of the event loop counts as waiting for the database if a query of this stream ended meanwhile: a driver that reads in
   * this thread blocks the loop while it reads.
   */
  timeTurn(turn: Promise<void>): Promise<void> {
    return this.clock ? this.clock.timeTurn(turn) : turn;
  }

  timeDrain<T>(work: Promise<T>): Promise<T> {
    return this.clock ? this.clock.timeWait('drainMs', work) : work;
  }

  timeEncode(work: () => void): void {
    if (this.clock) this.clock.timeEncode(work);
    else work();
  }

  /** Measures the passing of a block to the transport; other phases do not count that time. The first block holds the first row. */
  timeWrite(work: () => void): void {
    if (this.clock) this.clock.timeWrite(work);
    else work();
  }

  /** Records the time of the first row. */
  firstRow(): void {
    this.clock?.firstRow();
  }

  /** Reports the end of the stream. Called once; never throws. */
  ended({ failure, ...outcome }: StreamOutcome): void {
    const { model, method, logger, onStreamEnd } = this.options;
    if (outcome.end === 'failed') {
      this.report(() => logger?.error({ err: failure, model, method }, 'Streaming error'));
    }
    if (!this.clock) return;
    const facts = { model, method, ...outcome, valuesLeftOut: this.valuesLeftOut };
    const summary = summaryOf(facts, this.clock, this.options.written());
    this.notify((listener) => listener.streamEnded(this.stream, summary, failure));
    this.report(() => logger && log(logger, summary));
    this.report(() => onStreamEnd?.(summary));
  }

  private progress(): ReturnType<RunningStream['progress']> {
    const { rows, messages, bytes, queuedBytes } = this.options.written();
    const { queries = 0, rowsRead = 0, times = NO_TIMES } = this.clock ?? {};
    return { rows, messages, bytes, queuedBytes, queries, rowsRead, times };
  }

  private notify(call: (listener: StreamMetrics) => unknown): void {
    if (!this.clock) return;
    for (const listener of [this.options.metrics ?? []].flat()) {
      callSafely(
        () => call(listener),
        (err) => {
          if (!this.failed.has(listener)) this.options.logger?.error({ err }, 'Streaming metrics failed');
          this.failed.add(listener);
        },
      );
    }
  }

  private report(call: () => unknown): void {
    callSafely(call, (err) => this.options.logger?.error({ err }, 'Streaming report failed'));
  }
}

function summaryOf(
  facts: Pick<StreamSummary, 'model' | 'method' | 'end' | 'status' | 'valuesLeftOut'>,
  { durationMs, firstRowMs, times, queries, rowsRead, largestChunk, lastQueryEndedAt }: StreamClock,
  { rows, messages, bytes, peakQueuedBytes, chunkSize }: Written,
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
    chunkSize,
    largestChunk,
    lastQueryEndedAt,
  };
}

/** A line for people, and the same figures as fields. */
function log(logger: StreamLogger, summary: StreamSummary): void {
  const { rows, rowsPerSecond, averageLatencySeconds, lastQueryEndedAt: _, ...rest } = summary;
  const line = `Streaming metrics: ${rows} items, rate: ${rowsPerSecond.toFixed(2)} items/s, avg latency: ${secondsText(averageLatencySeconds)}s`;
  logger[levelOf(summary)]({ ...rest, rows, rowsPerSecond, averageLatencySeconds }, line);
}

/** Four decimals; of a row that takes less than they show, two digits, since `0.0000` would say nothing. */
function secondsText(seconds: number): string {
  if (seconds === 0 || seconds >= 0.0001) return seconds.toFixed(4);
  return seconds.toFixed(Math.min(12, Math.ceil(-Math.log10(seconds)) + 1));
}

/** A client that leaves is no failure of the server; a stall may be one. */
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

/** Calls code of the user, such as a logger: neither an error that it throws nor a promise that it rejects later reaches the stream. */
function callSafely(call: () => unknown, onFailure: (err: unknown) => void): void {
  const reportFailure = (err: unknown) => {
    try {
      onFailure(err);
    } catch {
      // The logger itself fails: the error cannot be reported.
    }
  };
  try {
    const called = call();
    if (called instanceof Promise) called.catch(reportFailure);
  } catch (err) {
    reportFailure(err);
  }
}

/** The current wait. */
interface Wait {
  readonly phase: 'databaseMs' | 'drainMs';
  readonly startedAt: number;
  /** Time spent on writes before it: the wait does not count the time of a write during it. */
  readonly writeMsBefore: number;
}

const NO_TIMES: StreamTimes = { databaseMs: 0, encodeMs: 0, writeMs: 0, drainMs: 0 };

/** Measures one stream's time by phase. */
class StreamClock {
  queries = 0;
  rowsRead = 0;
  largestChunk = 0;
  lastQueryEndedAt = 0n;
  /** Undefined before the first row was sent. */
  firstRowMs: number | undefined;
  private readonly startedAt = performance.now();
  private readonly spent = { ...NO_TIMES };
  private queryMs = 0;
  private queryStartedAt = this.startedAt;
  private wait: Wait | undefined;

  get durationMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Includes the current wait so far: a stream that waits for minutes must not look idle. */
  get times(): StreamTimes {
    const times = { ...this.spent };
    if (this.wait) times[this.wait.phase] += this.since(this.wait.startedAt, this.wait.writeMsBefore);
    return times;
  }

  queryStarted(): void {
    this.queryStartedAt = performance.now();
  }

  /** Returns the query's duration in milliseconds. */
  queryEnded(rows: number): number {
    const durationMs = performance.now() - this.queryStartedAt;
    this.queryMs += durationMs;
    this.queries++;
    this.rowsRead += rows;
    this.largestChunk = Math.max(this.largestChunk, rows);
    this.lastQueryEndedAt = process.hrtime.bigint();
    return durationMs;
  }

  async timeWait<T>(phase: Wait['phase'], work: Promise<T>): Promise<T> {
    const wait = { phase, startedAt: performance.now(), writeMsBefore: this.spent.writeMs };
    this.wait = wait;
    try {
      return await work;
    } finally {
      this.wait = undefined;
      this.spent[phase] += this.since(wait.startedAt, wait.writeMsBefore);
    }
  }

  async timeTurn(turn: Promise<void>): Promise<void> {
    const start = performance.now();
    const { writeMs } = this.spent;
    const queryMsBefore = this.queryMs;
    await turn;
    this.spent.databaseMs += Math.min(this.since(start, writeMs), this.queryMs - queryMsBefore);
  }

  timeEncode(work: () => void): void {
    const start = performance.now();
    const { writeMs } = this.spent;
    try {
      work();
    } finally {
      this.spent.encodeMs += this.since(start, writeMs);
    }
  }

  timeWrite(work: () => void): void {
    const start = performance.now();
    try {
      work();
    } finally {
      this.spent.writeMs += performance.now() - start;
      this.firstRow();
    }
  }

  firstRow(): void {
    this.firstRowMs ??= this.durationMs;
  }

  /** Never below zero: sums of floating-point numbers may differ in the last digit. */
  private since(start: number, writeMsBefore: number): number {
    return Math.max(0, performance.now() - start - (this.spent.writeMs - writeMsBefore));
  }
}
