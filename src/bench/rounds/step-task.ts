import { BenchError, UsageError } from '../../errors/index.js';
import {
  type BenchLoad,
  type BenchSample,
  type BenchSetting,
  type CancellationSample,
  describeSetting,
  isPaced,
  type TimeSplit,
} from '../../results/index.js';
import {
  type CancelReading,
  type ClientReading,
  type Executor,
  type ExpectedRows,
  oneReading,
  type SampleSize,
  type ServerReading,
  type StreamReading,
  type StreamView,
} from '../executor.js';
import type { Step } from '../plan.js';
import { cellKey, isRated } from '../scenarios/planned-cell.js';
import { latencyFigures, median, medianOfKnown } from '../statistics/statistics.js';
import type { MeasuringOptions } from './measurements.js';
import type { TimedTask } from './run-tasks.js';

interface RoundStep extends Step {
  readonly round: number;
  /** Of the sample of a stream. */
  readonly size: Required<SampleSize>;
}

/** One step of a round as a task: it reads, checks every row, and hands on the figures as a measurement. */
export function stepTask(
  { executor, onMeasured }: Pick<MeasuringOptions, 'executor' | 'onMeasured'>,
  { round, cell, afterRows, size }: RoundStep,
): TimedTask {
  const { kind, setting } = cell;
  /** A load that has a clock of its own lasts as long as that says. */
  const own = isRated(cell) ? size : { ...oneReading, mostRows: size.mostRows };
  return {
    name: `${cellKey(cell)}, ${round}`,
    run: async () => {
      if (kind === 'cancel') {
        const sample = cancellationSample(round, setting, await executor.cancel(setting, afterRows));
        const onSample = (endedMs: number) => onMeasured({ kind, setting, sample: { ...sample, endedMs } });
        return { durationMs: sample.endedMs, onSample };
      }
      const reading = await (kind === 'fresh'
        ? executor.streamFromFreshServer(setting)
        : executor.stream(setting, own));
      verifyReading(setting, reading, executor.expected(setting, own.mostRows));
      const firstRows = kind === 'stream' ? await readFirstRows(executor, setting, reading) : undefined;
      return {
        durationMs: reading.client.wallMs,
        onSample: (wallMs) =>
          onMeasured({
            kind,
            setting,
            sample: streamSample({ round, setting, reading, firstRows, wallMs }),
          }),
      };
    },
  };
}

/** Streams that are read for their first row, after the one that is rated: of a single stream, it may come several times too late by chance. */
const FIRST_ROW_STREAMS = 8;

/** As many as the server has under way when it sends the first row. */
const FIRST_ROW_CHUNKS = 2;

/** Of the rows that were rated, so that no run takes much longer for them. */
const MOST_FIRST_ROW_SHARE = 0.04;

interface FirstRows {
  /** When the first row of each stream came. */
  readonly firstRowMs: readonly number[];
  /** How long they took together. */
  readonly streamsMs: number;
}

/** When the first rows of more streams came; undefined where the chunks are too large for that, or the first row depends on the whole load. */
async function readFirstRows(
  executor: Executor,
  setting: BenchSetting,
  { client, server }: StreamReading,
): Promise<FirstRows | undefined> {
  const { load } = setting;
  const rows = FIRST_ROW_CHUNKS * chunkRowsOf(setting, server);
  const rowsOfOne = Math.min(...client.streams.map((stream) => stream.rows));
  const most = Math.min(rowsOfOne, MOST_FIRST_ROW_SHARE * total(client, (stream) => stream.rows));
  if (!beginsAlone(load) || rows === 0 || rows > most) return undefined;
  const begun = { ...setting, load: { ...load, rows } };
  const { client: begins } = await executor.stream(begun, { readings: FIRST_ROW_STREAMS });
  for (const stream of begins.streams) {
    if (stream.rows !== rows) throw wrong(begun, `${stream.rows} rows arrived, of ${rows}`);
  }
  return { firstRowMs: begins.streams.map(({ firstRowMs }) => firstRowMs), streamsMs: begins.wallMs };
}

/** Whether a shorter stream begins as the whole one does: nothing else runs beside it, and it is not read into memory first. */
function beginsAlone({ method, clients, partitions, rttMs, paceRowsPerSecond, readsPerSecond }: BenchLoad): boolean {
  const isOne = clients === 1 && partitions === 1 && paceRowsPerSecond === null && readsPerSecond === null;
  return isOne && rttMs === 0 && method !== 'legacy';
}

/**
 * A fast wrong answer is a failure: every row must have come, in order, byte for byte, to each of the clients.
 *
 * @throws BenchError that names the setting, what came and what should have come.
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

/** A slow consumer leaves before the end, and the server may have sent more than it took. */
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
  /** Those of more streams. Default: none were read. */
  readonly firstRows?: FirstRows | undefined;
  /** Of all its readings together. */
  readonly wallMs: number;
}

/** The reading of both ends, as figures; what cannot be seen of a server is null. */
export function streamSample({ round, setting, reading, firstRows, wallMs }: TimedReading): BenchSample {
  const { client, server } = reading;
  const { load } = setting;
  const isByClock = load.readsPerSecond !== null;
  /** Each of the load's clients has one stream in each; a load that has a clock of its own is read once. */
  const readings = isPaced(load) ? 1 : client.streams.length / load.clients;
  const rows = total(client, (stream) => stream.rows);
  const apart = byReading(client, readings);
  return {
    round,
    ...(readings === 1 ? {} : { readings }),
    rows: rows / readings,
    bytes: total(client, ({ bytes }) => bytes) / readings,
    wireBytes: total(client, ({ wireBytes }) => wireBytes) / readings,
    wallMs: wallMs / readings,
    rowsPerSecond: (rows / wallMs) * 1000,
    firstRowMs: median([...client.streams.map((stream) => stream.firstRowMs), ...(firstRows?.firstRowMs ?? [])]),
    ...(firstRows ? { firstRowStreamsMs: firstRows.streamsMs } : {}),
    gapP50Ms: medianOfKnown(client.streams.map(({ gapP50Ms }) => gapP50Ms)),
    gapP99Ms: medianOfKnown(apart.map((streams) => largest(streams.flatMap(({ gapP99Ms }) => gapP99Ms ?? [])))),
    pingMs: client.pingMs,
    clientCpuMicrosPerRow: client.cpuMicros / rows,
    clientBusy: shareOf(client.loopBusyMs, wallMs),
    clientWaited: client.loopWaitedMs === null ? null : shareOf(client.loopWaitedMs, wallMs),
    fairness: isByClock || client.streams.length === readings ? null : median(apart.map(fairnessOf)),
    ...(isByClock ? clockFigures(client.streams) : { latency: null, firstRowLatency: null }),
    ...(server ? serverFigures(server, { rows, wallMs, readings }) : unseen),
    ...(setting.chunk === 'auto' && typeof server?.chunkSize === 'number' ? { chunkRows: server.chunkSize } : {}),
  };
}

/** The streams of each reading. */
function byReading({ streams }: ClientReading, readings: number): StreamView[][] {
  const each = streams.length / readings;
  return Array.from({ length: readings }, (_, reading) => streams.slice(reading * each, (reading + 1) * each));
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

/** Figures of reads that begin by the clock, counted from when each was due: a late beginning is the server's doing too. */
function clockFigures(streams: readonly StreamView[]) {
  const reads = streams.map(({ lateMs, wallMs }) => lateMs + wallMs);
  const firstRows = streams.map(({ lateMs, firstRowMs }) => lateMs + firstRowMs);
  return {
    latency: latencyFigures(reads),
    firstRowLatency: latencyFigures(firstRows),
    readsMs: reads.map(toMicroseconds),
    firstRowsMs: firstRows.map(toMicroseconds),
  };
}

/** Both ends count their time apart: a share may come out a little above the whole. */
function shareOf(part: number, whole: number): number {
  return Math.min(1, part / whole);
}

/** More digits than this are the clock's noise, in a file that has thousands of them. */
function toMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

const unseen = {
  serverCpuMicrosPerRow: null,
  serverBusy: null,
  serverWaited: null,
  times: null,
  eventLoopP99Ms: null,
  gcMs: null,
  peakQueuedBytes: null,
  readAheadRows: null,
  serverPeakRssMb: null,
  serverAddedMb: null,
};

interface Measured {
  /** Of all readings together. */
  readonly rows: number;
  readonly wallMs: number;
  readonly readings: number;
}

function serverFigures(
  server: ServerReading,
  { rows, wallMs, readings }: Measured,
): Pick<BenchSample, keyof typeof unseen> {
  return {
    serverCpuMicrosPerRow: server.cpuMicros / rows,
    serverBusy: shareOf(server.loopBusyMs, wallMs),
    serverWaited: server.loopWaitedMs === null ? null : shareOf(server.loopWaitedMs, wallMs),
    times: timesOf(server, readings),
    eventLoopP99Ms: server.eventLoopP99Ms,
    gcMs: server.gcMs / readings,
    peakQueuedBytes: server.peakQueuedBytes,
    readAheadRows: server.end === 'cancelled' ? Math.max(0, server.rowsRead - rows) : null,
    serverPeakRssMb: server.peakRssBytes / 1e6,
    serverAddedMb: Math.max(0, server.peakRssBytes - server.startRssBytes) / 1e6,
  };
}

/** Of one reading. */
function timesOf({ times, durationMs }: ServerReading, readings: number): TimeSplit | null {
  if (times === null) return null;
  const { databaseMs, encodeMs, writeMs, drainMs } = times;
  const otherMs = Math.max(0, durationMs - databaseMs - encodeMs - writeMs - drainMs);
  return {
    databaseMs: databaseMs / readings,
    encodeMs: encodeMs / readings,
    writeMs: writeMs / readings,
    drainMs: drainMs / readings,
    otherMs: otherMs / readings,
  };
}

/** One chunk is being written and one is read ahead when the client leaves; nothing past those may be read. */
const CHUNKS_UNDER_WAY = 2;

/** What a server did for a client that had left, compared with the most that it may do. */
function cancellationSample(
  round: number,
  setting: BenchSetting,
  { receivedRows, cancelledAt, server }: CancelReading,
): CancellationSample {
  const inFlightRows = Math.max(0, server.rows - receivedRows);
  const boundRows = receivedRows + inFlightRows + CHUNKS_UNDER_WAY * chunkRowsOf(setting, server);
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

/** Rows of a chunk, or of the largest one where the server chose. */
function chunkRowsOf({ chunk }: BenchSetting, server: ServerReading | null): number {
  return chunk === 'auto' ? (server?.largestChunk ?? 0) : chunk;
}

/** What ended before the client left took no time after it. */
function millisecondsAfter(start: bigint, end: bigint): number {
  return Math.max(0, Number(end - start) / 1e6);
}
