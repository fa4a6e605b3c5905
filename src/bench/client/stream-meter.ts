import { createHistogram } from 'node:perf_hooks';
import { crc32 } from 'node:zlib';
import type { StreamMode } from '../../results/index.js';
import type { StreamView } from '../executor.js';
import { splitRows } from '../wire/messages.js';

/** Counts, checks and times the messages of one stream as its client receives them. */
interface StreamMeter {
  /** Messages that came at once, and the bytes that they came in: the gaps that are timed lie between such arrivals. */
  receive(messages: readonly Uint8Array[], wireBytes: number): void;
  readonly rows: number;
  /** The figures of a stream that has just ended. */
  finish(): StreamView;
}

/** Starts the clock; called as the request is sent. */
export function startStreamMeter(mode: StreamMode): StreamMeter {
  const gaps = createHistogram();
  const startedAt = performance.now();
  let previousAt: number | undefined;
  let firstRowMs = 0;
  let rows = 0;
  let bytes = 0;
  let wireBytes = 0;
  let checksum = 0;
  return {
    get rows() {
      return rows;
    },
    receive(messages, pieceBytes) {
      wireBytes += pieceBytes;
      if (messages.length === 0) return;
      const now = performance.now();
      if (previousAt === undefined) firstRowMs = now - startedAt;
      else gaps.record(nanoseconds(now - previousAt));
      previousAt = now;
      for (const message of messages) {
        for (const row of splitRows(message, mode)) {
          checksum = crc32(row, checksum);
          bytes += row.length;
          rows += 1;
        }
      }
    },
    finish() {
      const wallMs = performance.now() - startedAt;
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
