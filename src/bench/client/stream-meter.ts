import { createHistogram } from 'node:perf_hooks';
import type { StreamMode } from '../../results/index.js';
import type { StreamView } from '../executor.js';
import type { Receiver } from './message-reader.js';
import { rowCounter } from './row-counter.js';

/** Counts, checks and times the rows of one stream as its client receives them. */
interface StreamMeter extends Receiver {
  readonly rows: number;
  /** The figures of a stream that has just ended. */
  finish(): StreamView;
}

/**
 * Starts the clock; called as the request is sent. The gaps that it times lie between pieces that completed rows.
 *
 * @param mostRows Rows after these are left out. Default: none are.
 */
export function startStreamMeter(mode: StreamMode, mostRows?: number): StreamMeter {
  const counter = rowCounter(mode, mostRows);
  const gaps = createHistogram();
  const startedAt = performance.now();
  let previousAt: number | undefined;
  let firstRowMs = 0;
  let wireBytes = 0;
  return {
    get rows() {
      return counter.rows;
    },
    get isPartial() {
      return counter.isPartial;
    },
    take(piece) {
      const now = performance.now();
      const rowsBefore = counter.rows;
      counter.take(piece);
      wireBytes += piece.length;
      if (counter.rows === rowsBefore) return;
      if (previousAt === undefined) firstRowMs = now - startedAt;
      else gaps.record(nanoseconds(now - previousAt));
      previousAt = now;
    },
    finish() {
      const wallMs = performance.now() - startedAt;
      const { rows, bytes, checksum } = counter;
      const gapMs = (percentile: number) => (gaps.count === 0 ? null : gaps.percentile(percentile) / 1e6);
      return {
        rows,
        bytes,
        wireBytes,
        checksum,
        streams: 1,
        lateMs: 0,
        wallMs,
        firstRowMs,
        gapP50Ms: gapMs(50),
        gapP99Ms: gapMs(99),
      };
    },
  };
}

/** A histogram counts from 1. */
function nanoseconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds * 1e6));
}
