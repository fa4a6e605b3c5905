import { BenchError } from '../../errors/index.js';
import type { StreamSummary } from '../../runtime/index.js';
import { deferred, inTime } from '../../waits/index.js';
import type { BaselineEnd } from '../baselines/index.js';
import type { ServerReading } from '../rounds/executor.js';

/** What is told of streams when they end. */
export type TalliedStreams = Pick<
  ServerReading,
  'end' | 'status' | 'rows' | 'rowsRead' | 'durationMs' | 'times' | 'peakQueuedBytes' | 'lastQueryEndedAt' | 'endedAt'
>;

/** Adds up the streams of one sample. */
export interface StreamTally {
  reset(): void;
  streamEnded(summary: StreamSummary): void;
  baselineEnded(end: BaselineEnd): void;
  /** Waits until so many have ended. @throws BenchError when one never does. */
  total(streams: number): Promise<TalliedStreams>;
}

/** A stream that has not ended this long after its client is done will never end. */
const END_TIMEOUT_MS = 30_000;

export function streamTally(): StreamTally {
  let ended: TalliedStreams[] = [];
  let changed = deferred<void>();
  const add = (stream: Omit<TalliedStreams, 'endedAt'>) => {
    ended.push({ ...stream, endedAt: process.hrtime.bigint() });
    changed.resolve();
    changed = deferred<void>();
  };
  return {
    reset() {
      ended = [];
    },
    streamEnded: ({ end, status, rows, rowsRead, durationMs, times, peakQueuedBytes, lastQueryEndedAt }) =>
      add({ end, status, rows, rowsRead, durationMs, times, peakQueuedBytes, lastQueryEndedAt }),
    baselineEnded: ({ ok, rows, durationMs }) => add({ ...ofBaseline(ok), rows, rowsRead: rows, durationMs }),
    async total(streams) {
      const deadline = performance.now() + END_TIMEOUT_MS;
      while (ended.length < streams) {
        if (!(await inTime(changed.promise, deadline - performance.now()))) throw neverEnded();
      }
      return ended.reduce(together);
    },
  };
}

/** Handlers by hand have no probe: what it would say is left blank. */
function ofBaseline(ok: boolean) {
  return {
    end: ok ? 'done' : 'failed',
    status: ok ? 'OK' : 'INTERNAL',
    times: null,
    peakQueuedBytes: null,
    lastQueryEndedAt: 0n,
  };
}

/** Counts and times added up, the worst end, the latest clock. */
function together(a: TalliedStreams, b: TalliedStreams): TalliedStreams {
  const { end, status } = a.status === 'OK' ? b : a;
  return {
    end,
    status,
    rows: a.rows + b.rows,
    rowsRead: a.rowsRead + b.rowsRead,
    durationMs: a.durationMs + b.durationMs,
    times: addTimes(a.times, b.times),
    peakQueuedBytes: Math.max(a.peakQueuedBytes ?? 0, b.peakQueuedBytes ?? 0),
    lastQueryEndedAt: a.lastQueryEndedAt > b.lastQueryEndedAt ? a.lastQueryEndedAt : b.lastQueryEndedAt,
    endedAt: a.endedAt > b.endedAt ? a.endedAt : b.endedAt,
  };
}

function addTimes(a: ServerReading['times'], b: ServerReading['times']): ServerReading['times'] {
  if (a === null || b === null) return null;
  return {
    databaseMs: a.databaseMs + b.databaseMs,
    encodeMs: a.encodeMs + b.encodeMs,
    writeMs: a.writeMs + b.writeMs,
    drainMs: a.drainMs + b.drainMs,
  };
}

function neverEnded(): BenchError {
  return new BenchError('bench.never_ended', 'the server’s stream did not end after its client had');
}
