import { BenchError, UsageError } from '../../errors/index.js';
import {
  type BenchSample,
  type BenchSetting,
  type CancellationSample,
  describeSetting,
  type TimeSplit,
} from '../../results/index.js';
import type {
  CancelReading,
  ClientReading,
  ExpectedRows,
  ServerReading,
  StreamReading,
  StreamView,
} from '../executor.js';
import type { Step } from '../plan.js';
import { cellKey } from '../scenarios/planned-cell.js';
import { latencyFigures, median, medianOfKnown } from '../statistics/statistics.js';
import type { MeasuringOptions } from './measurements.js';
import type { TimedTask } from './run-tasks.js';

/** One step of a round as a task: it reads, checks every row, and records a measurement. */
export function stepTask(
  { executor, onMeasured }: Pick<MeasuringOptions, 'executor' | 'onMeasured'>,
  { round, cell, afterRows }: Step & { readonly round: number },
): TimedTask {
  const { kind, setting } = cell;
  return {
    name: cellKey(cell),
    run: async () => {
      if (kind === 'cancel') {
        const sample = cancellationSample(round, setting, await executor.cancel(setting, afterRows));
        const onSample = (endedMs: number) => onMeasured({ kind, setting, sample: { ...sample, endedMs } });
        return { durationMs: sample.endedMs, onSample };
      }
      const reading = await (kind === 'fresh' ? executor.streamFromFreshServer(setting) : executor.stream(setting));
      verifyReading(setting, reading, executor.expected(setting));
      return {
        durationMs: reading.client.wallMs,
        onSample: (wallMs) => onMeasured({ kind, setting, sample: streamSample({ round, setting, reading, wallMs }) }),
      };
    },
  };
}

/**
 * Checks that each client received every row, in order, byte for byte.
 *
 * @throws BenchError with the setting, the received and the expected rows.
 */
export function verifyReading(setting: BenchSetting, { client, server }: StreamReading, expected: ExpectedRows): void {
  for (const stream of client.streams) verifyStream(setting, stream, expected);
  if (server) verifyServer(setting, server, expected.rows * client.streams.length);
}

function verifyStream(setting: BenchSetting, { rows, checksum }: StreamView, expected: ExpectedRows): void {
  if (setting.load.partitions > 1 && rows > expected.rows) throw partOfTable(expected.rows);
  if (rows !== expected.rows) throw wrong(setting, `${rows} rows arrived, and the table has ${expected.rows}`);
  if (checksum === expected.checksum) return;
  throw wrong(
    setting,
    `the rows' checksum is ${hex(checksum)}, and the table's is ${hex(expected.checksum)}: rows were changed or reordered`,
  );
}

/** A slow consumer leaves early, and the server may have sent more than it took. */
function verifyServer(setting: BenchSetting, { status, end, rows }: ServerReading, received: number): void {
  const leaves = setting.load.paceRowsPerSecond !== null;
  if (status !== 'OK' && !(leaves && end === 'cancelled')) {
    throw wrong(setting, `the server ended its stream with ${status} (${end})`);
  }
  if (leaves ? rows < received : rows !== received) {
    throw wrong(setting, `the server counted ${rows} rows sent, and ${received} arrived`);
  }
}

function partOfTable(rows: number): UsageError {
  return new UsageError(
    'bench.part_of_table',
    `partitions are those of the whole table, and only its first ${rows} rows are measured`,
    { nextActions: ['give --rows as many as the table has, or leave the scenario partitions out'] },
  );
}

function wrong(setting: BenchSetting, what: string): BenchError {
  return new BenchError('bench.wrong_rows', `wrong rows at ${describeSetting(setting)}: ${what}`, {
    nextActions: ['make sure that nothing writes to the table while it is measured, then run the bench again'],
  });
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}

/** A stream's reading and the sample that was taken of its time. */
interface TimedReading {
  readonly round: number;
  readonly setting: BenchSetting;
  readonly reading: StreamReading;
  readonly wallMs: number;
}

/** The figures of client and server; null for figures of a server that are unknown. */
export function streamSample({ round, setting, reading: { client, server }, wallMs }: TimedReading): BenchSample {
  const isByClock = setting.load.readsPerSecond !== null;
  const rows = total(client, (stream) => stream.rows);
  return {
    round,
    rows,
    bytes: total(client, ({ bytes }) => bytes),
    wallMs,
    rowsPerSecond: (rows / wallMs) * 1000,
    firstRowMs: median(client.streams.map(({ firstRowMs }) => firstRowMs)),
    gapP50Ms: medianOfKnown(client.streams.map(({ gapP50Ms }) => gapP50Ms)),
    gapP99Ms: largest(client.streams.flatMap(({ gapP99Ms }) => gapP99Ms ?? [])),
    clientCpuMicrosPerRow: client.cpuMicros / rows,
    clientBusy: client.cpuMicros / 1000 / wallMs,
    fairness: isByClock || client.streams.length === 1 ? null : fairnessOf(client.streams),
    latency: isByClock ? latencyFigures(readTimes(client.streams)) : null,
    ...(isByClock ? { readsMs: readTimes(client.streams).map(toMicroseconds) } : {}),
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

/** Counted from when each read was due: the server may also cause a late beginning. */
function readTimes(streams: readonly StreamView[]): number[] {
  return streams.map(({ lateMs, wallMs }) => lateMs + wallMs);
}

/** More digits are noise of the clock, and the file has thousands of figures. */
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

/** When the client leaves, one chunk is being written and one is read ahead; no further chunk may be read. */
const CHUNKS_UNDER_WAY = 2;

/** The rows that a server read for a client that had left, and the most that it may read. */
function cancellationSample(
  round: number,
  { chunk }: BenchSetting,
  { receivedRows, cancelledAt, server }: CancelReading,
): CancellationSample {
  const inFlightRows = Math.max(0, server.rows - receivedRows);
  const boundRows = receivedRows + inFlightRows + CHUNKS_UNDER_WAY * chunk;
  return {
    round,
    receivedRows,
    inFlightRows,
    rowsRead: server.rowsRead,
    boundRows,
    withinBound: server.rowsRead <= boundRows,
    lastQueryMs: millisecondsAfter(cancelledAt, server.lastQueryEndedAt),
    endedMs: millisecondsAfter(cancelledAt, server.endedAt),
  };
}

/** The time is 0 if it ended before the client left. */
function millisecondsAfter(start: bigint, end: bigint): number {
  return Math.max(0, Number(end - start) / 1e6);
}
