import type { Metadata } from '@grpc/grpc-js';
import type { StreamLogger } from '../logger.js';
import type { StreamOutcome, StreamRecorder } from './recorder-types.js';
import { StreamClock } from './stream-clock.js';
import type { RunningStream, StreamMetrics } from './stream-metrics.js';
import type { StreamSummary } from './stream-summary.js';
import { tellSafely } from './tell-safely.js';

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
