import { assertNever } from '../../errors/index.js';
import type { StreamLogger } from '../logger.js';
import type { StreamOutcome, StreamRecorder } from './recorder-types.js';
import type { StreamSummary } from './stream-summary.js';
import { tellSafely } from './tell-safely.js';

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
