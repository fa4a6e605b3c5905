import { assertNever } from '../errors/index.js';
import type { StreamLogger } from './logger.js';
import type { StreamSummary } from './stream-summary.js';

interface Report {
  readonly summary: StreamSummary;
  /** What was thrown, if anything was. */
  readonly failure: unknown;
  readonly settings: { readonly enableMetrics: boolean };
  readonly logger?: StreamLogger | undefined;
  readonly onStreamEnd?: ((summary: StreamSummary) => void) | undefined;
}

/** Tells the log and the metrics that a stream ended, once, however it ended. Never throws: whoever is told must not harm the stream. */
export function reportStream(report: Report): void {
  try {
    tell(report);
  } catch (err) {
    try {
      report.logger?.error({ err }, 'Streaming report failed');
    } catch {
      // It is the logger itself that fails: there is nobody left to tell.
    }
  }
}

function tell({ summary, failure, settings, logger, onStreamEnd }: Report): void {
  if (summary.end === 'failed')
    logger?.error({ err: failure, model: summary.model, method: summary.method }, 'Streaming error');
  if (!settings.enableMetrics) return;
  if (logger) log(logger, summary);
  onStreamEnd?.(summary);
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
