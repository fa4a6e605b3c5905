import { BenchError } from '../../errors/index.js';
import type { StreamSummary } from '../../runtime/index.js';
import { deferred, inTime } from '../../waits/index.js';
import type { ServerReading } from '../executor.js';
import type { BaselineEnd } from './baselines.js';
import type { ProcessCost } from './meters.js';

/** The figures that streams report when they end: a reading without the cost of the process. */
type StreamTotals = Omit<ServerReading, keyof ProcessCost>;

/** Adds up the streams of one sample. */
interface EndedStreams {
  reset(): void;
  streamEnded(summary: StreamSummary): void;
  baselineEnded(end: BaselineEnd): void;
  /** Waits until a number of streams has ended. @throws BenchError when one does not end. */
  total(streams: number): Promise<StreamTotals>;
}

/** A stream that has not ended this long after its client counts as hung. */
const END_TIMEOUT_MS = 30_000;

export function endedStreams(): EndedStreams {
  let ended: StreamTotals[] = [];
  let changed = deferred<void>();
  const add = (stream: Omit<StreamTotals, 'endedAt'>) => {
    ended.push({ ...stream, endedAt: process.hrtime.bigint() });
    changed.resolve();
    changed = deferred<void>();
  };
  return {
    reset() {
      ended = [];
    },
    streamEnded: ({ end, status, rows, rowsRead, durationMs, times, lastQueryEndedAt, ...summary }) => {
      const { peakQueuedBytes, chunkSize, largestChunk } = summary;
      const figures = { rows, rowsRead, durationMs, times, peakQueuedBytes, chunkSize, largestChunk, lastQueryEndedAt };
      add({ end, status, ...figures });
    },
    baselineEnded: ({ ok, rows, durationMs }) => add({ ...endOfBaseline(ok), rows, rowsRead: rows, durationMs }),
    async total(streams) {
      const deadline = performance.now() + END_TIMEOUT_MS;
      while (ended.length < streams) {
        if (!(await inTime(changed.promise, deadline - performance.now()))) throw neverEnded();
      }
      return ended.reduce(together);
    },
  };
}

function neverEnded(): BenchError {
  return new BenchError('bench.never_ended', 'the server’s stream did not end after its client had');
}

/** Hand-written handlers are not measured inside: unknown figures are null. */
function endOfBaseline(ok: boolean) {
  return {
    end: ok ? 'done' : 'failed',
    status: ok ? 'OK' : 'INTERNAL',
    times: null,
    peakQueuedBytes: null,
    chunkSize: null,
    largestChunk: null,
    lastQueryEndedAt: 0n,
  };
}

/** Sums of counts and times, the worst end, and the latest clock. */
function together(a: StreamTotals, b: StreamTotals): StreamTotals {
  const { end, status } = a.status === 'OK' ? b : a;
  return {
    end,
    status,
    rows: a.rows + b.rows,
    rowsRead: a.rowsRead + b.rowsRead,
    durationMs: a.durationMs + b.durationMs,
    times: addTimes(a.times, b.times),
    peakQueuedBytes: Math.max(a.peakQueuedBytes ?? 0, b.peakQueuedBytes ?? 0),
    chunkSize: Math.max(a.chunkSize ?? 0, b.chunkSize ?? 0),
    largestChunk: Math.max(a.largestChunk ?? 0, b.largestChunk ?? 0),
    lastQueryEndedAt: a.lastQueryEndedAt > b.lastQueryEndedAt ? a.lastQueryEndedAt : b.lastQueryEndedAt,
    endedAt: a.endedAt > b.endedAt ? a.endedAt : b.endedAt,
  };
}

function addTimes(a: StreamTotals['times'], b: StreamTotals['times']): StreamTotals['times'] {
  if (a === null || b === null) return null;
  return {
    databaseMs: a.databaseMs + b.databaseMs,
    encodeMs: a.encodeMs + b.encodeMs,
    writeMs: a.writeMs + b.writeMs,
    drainMs: a.drainMs + b.drainMs,
  };
}
