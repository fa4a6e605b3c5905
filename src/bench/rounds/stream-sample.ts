import type { BenchSample, TimeSplit } from '../../results/index.js';
import { latencyFigures } from '../statistics/latency-figures.js';
import { median, medianOfKnown } from '../statistics/statistics.js';
import type { ClientReading, ServerReading, StreamReading, StreamView } from './executor.js';

/** What both ends say, as figures; what cannot be seen of a server stays blank. */
export function streamSample(round: number, { client, server }: StreamReading, isPacedByClock: boolean): BenchSample {
  const rows = total(client, ({ rows }) => rows);
  return {
    round,
    rows,
    bytes: total(client, ({ bytes }) => bytes),
    wallMs: client.wallMs,
    rowsPerSecond: (rows / client.wallMs) * 1000,
    firstRowMs: median(client.streams.map(({ firstRowMs }) => firstRowMs)),
    gapP50Ms: medianOfKnown(client.streams.map(({ gapP50Ms }) => gapP50Ms)),
    gapP99Ms: largest(client.streams.flatMap(({ gapP99Ms }) => gapP99Ms ?? [])),
    clientCpuMicrosPerRow: client.cpuMicros / rows,
    clientBusy: client.cpuMicros / 1000 / client.wallMs,
    fairness: isPacedByClock || client.streams.length === 1 ? null : fairnessOf(client.streams),
    latency: isPacedByClock ? latencyFigures(readTimes(client.streams)) : null,
    ...(isPacedByClock ? { readsMs: readTimes(client.streams).map(toMicroseconds) } : {}),
    ...(server ? serverFigures(server, rows) : unseen),
  };
}

function total({ streams }: ClientReading, count: (stream: StreamView) => number): number {
  return streams.reduce((sum, stream) => sum + count(stream), 0);
}

function fairnessOf(streams: readonly StreamView[]): number {
  const rates = streams.map(({ rows, wallMs }) => rows / wallMs);
  return Math.min(...rates) / Math.max(...rates);
}

function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

/** From when each read was due: what a late beginning adds is the server's doing too. */
function readTimes(streams: readonly StreamView[]): number[] {
  return streams.map(({ lateMs, wallMs }) => lateMs + wallMs);
}

/** More digits than this are the clock's noise, in a file that has thousands of them. */
function toMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

const unseen = {
  serverCpuMicrosPerRow: null,
  times: null,
  eventLoopP99Ms: null,
  gcMs: null,
  peakQueuedBytes: null,
  readAheadRows: null,
  serverPeakRssMb: null,
};

function serverFigures(server: ServerReading, rows: number): Pick<BenchSample, keyof typeof unseen> {
  return {
    serverCpuMicrosPerRow: server.cpuMicros / rows,
    times: timesOf(server),
    eventLoopP99Ms: server.eventLoopP99Ms,
    gcMs: server.gcMs,
    peakQueuedBytes: server.peakQueuedBytes,
    readAheadRows: server.end === 'cancelled' ? Math.max(0, server.rowsRead - rows) : null,
    serverPeakRssMb: server.peakRssBytes / 1e6,
  };
}

function timesOf({ times, durationMs }: ServerReading): TimeSplit | null {
  if (times === null) return null;
  const { databaseMs, encodeMs, writeMs, drainMs } = times;
  const otherMs = Math.max(0, durationMs - databaseMs - encodeMs - writeMs - drainMs);
  return { databaseMs, encodeMs, writeMs, drainMs, otherMs };
}
