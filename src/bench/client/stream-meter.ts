import { createHistogram } from 'node:perf_hooks';
import type { StreamMode } from '../../results/index.js';
import { type StreamView, wallMsOf } from '../executor.js';
import type { Receiver } from './message-reader.js';
import { rowCounter } from './row-counter.js';

/** Counts, checks and times the rows of one stream as its client receives them. */
interface StreamMeter extends Receiver {
  readonly rows: number;
  sent(): void;
  /** The figures of a stream that has just ended. */
  finish(): StreamView;
}

interface MeterOptions {
  /** Rows after these are left out. Default: none are. */
  readonly mostRows?: number;
  /** When the stream should have begun, by `performance.now()`. Default: when it begins. */
  readonly dueAt?: number;
}

/** Times run from when the request was sent to when the end of the stream came. The gaps lie between pieces that completed rows. */
export function startStreamMeter(mode: StreamMode, { mostRows, dueAt }: MeterOptions = {}): StreamMeter {
  const counter = rowCounter(mode, mostRows);
  const gaps = createHistogram();
  let sentAt = performance.now();
  let endedAt: number | undefined;
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
    sent() {
      sentAt = performance.now();
    },
    take(piece, arrivedAt = performance.now()) {
      const rowsBefore = counter.rows;
      counter.take(piece);
      wireBytes += piece.length;
      if (counter.rows === rowsBefore) return;
      if (previousAt === undefined) firstRowMs = arrivedAt - sentAt;
      else gaps.record(nanoseconds(arrivedAt - previousAt));
      previousAt = arrivedAt;
    },
    ended(arrivedAt) {
      endedAt = arrivedAt;
    },
    finish() {
      const times = onSharedClock(sentAt, endedAt ?? performance.now());
      const { rows, bytes, checksum } = counter;
      const gapMs = (percentile: number) => (gaps.count === 0 ? null : gaps.percentile(percentile) / 1e6);
      return {
        rows,
        bytes,
        wireBytes,
        checksum,
        streams: 1,
        lateMs: dueAt === undefined ? 0 : Math.max(0, sentAt - dueAt),
        ...times,
        wallMs: wallMsOf([times]),
        firstRowMs,
        gapP50Ms: gapMs(50),
        gapP99Ms: gapMs(99),
      };
    },
  };
}

/** Times of this process on the clock of all. What lies between them stays exact, however long this takes. */
function onSharedClock(startMs: number, endMs: number): Pick<StreamView, 'startedAt' | 'endedAt'> {
  const startedAt = process.hrtime.bigint() - BigInt(Math.round((performance.now() - startMs) * 1e6));
  return { startedAt, endedAt: startedAt + BigInt(Math.round((endMs - startMs) * 1e6)) };
}

/** A histogram counts from 1. */
function nanoseconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds * 1e6));
}
