import { status } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import { sleep } from '../../waits/index.js';
import {
  type ClientReading,
  type LeftStream,
  type Repetition,
  readInTurn,
  type StreamView,
  wallMsOf,
} from '../executor.js';
import { startLoopMeter } from '../loop-meter.js';
import { READING_MS } from '../scenarios/latency.js';
import { combineChecksums, type StreamRange } from '../wire/messages.js';
import { afterEach } from './message-reader.js';
import { assertOk, type Clients, type RawClient } from './raw-client.js';
import { rowCounter } from './row-counter.js';
import { startStreamMeter } from './stream-meter.js';

/**
 * Reads what a setting's load asks for, as often as a sample asks for. Each reading begins once the server answers a ping, when it has done all
 * that the end of the one before left to do.
 */
export function readSample(
  clients: Clients,
  setting: BenchSetting,
  { limit, share, ...repetition }: LoadPart & Repetition,
): Promise<ClientReading> {
  return readInTurn(
    repetition,
    () => readLoad(clients, setting, { limit, share }),
    () => clients[0].ping(),
  );
}

/** Reads what a setting's load asks for: one stream or many, as fast as possible, by the clock or slowly. */
async function readLoad(clients: Clients, setting: BenchSetting, part: LoadPart): Promise<ClientReading> {
  const pingMs = setting.load.rttMs === 0 ? null : await pingOf(clients[0]);
  const cpuBefore = process.cpuUsage();
  const loop = startLoopMeter();
  const streams = await readAll(clients, setting, part);
  const { busyMs, waitedMs } = loop();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    streams: [...streams],
    wallMs: wallMsOf(streams),
    pingMs,
    cpuMicros: user + system,
    loopBusyMs: busyMs,
    loopWaitedMs: waitedMs,
  };
}

/** One that met with nothing on its way. */
const PINGS = 3;

async function pingOf(client: RawClient): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let ping = 0; ping < PINGS; ping += 1) shortest = Math.min(shortest, await client.ping());
  return shortest;
}

/** What one of several processes reads of a load. */
interface LoadPart {
  /** Most rows of one stream; null for all. */
  readonly limit: number | null;
  /** Which of the processes it is: reads that begin by the clock are dealt out in turn. */
  readonly share: { readonly index: number; readonly of: number };
}

function readAll(clients: Clients, setting: BenchSetting, { limit, share }: LoadPart): Promise<readonly StreamView[]> {
  const { readsPerSecond, paceRowsPerSecond, partitions } = setting.load;
  if (readsPerSecond !== null) return readByClock(clients, setting, { limit, readsPerSecond, share });
  if (paceRowsPerSecond !== null && limit !== null) {
    return Promise.all(clients.map((client) => readSlowly(client, setting, { rows: limit, paceRowsPerSecond })));
  }
  if (partitions > 1) return readInParts(clients, setting);
  return Promise.all(clients.map((client) => readToEnd(client, setting, { limit })));
}

async function readToEnd(
  client: RawClient,
  setting: BenchSetting,
  range: StreamRange,
  timing: { readonly dueAt?: number } = {},
): Promise<StreamView> {
  const meter = startStreamMeter(setting.mode, timing);
  assertOk(await client.open(setting, range, meter).ended);
  return meter.finish();
}

interface Clock extends LoadPart {
  readonly readsPerSecond: number;
}

/**
 * Begins reads by the clock, whether or not those before have ended: to wait for them would leave out the very times at
 * which the server was slow (coordinated omission).
 */
function readByClock(clients: Clients, setting: BenchSetting, clock: Clock): Promise<StreamView[]> {
  const { limit, readsPerSecond, share } = clock;
  const startedAt = performance.now();
  const count = Math.max(1, Math.round((readsPerSecond * READING_MS) / 1000));
  const own = Math.ceil((count - share.index) / share.of);
  const reads = Array.from({ length: own }, async (_, index) => {
    const dueAt = startedAt + ((share.index + index * share.of) * 1000) / readsPerSecond;
    await sleep(Math.max(0, dueAt - performance.now()));
    const client = clients[index % clients.length] ?? clients[0];
    return readToEnd(client, setting, { limit }, { dueAt });
  });
  return Promise.all(reads);
}

interface SlowReading {
  /** After which the client leaves. */
  readonly rows: number;
  readonly paceRowsPerSecond: number;
}

/**
 * Takes rows no sooner than a pace allows, and leaves. It holds the stream back as a consumer does whose loop is slow: the
 * rows it does not take stay in the client's window, in the socket, and in the server.
 */
async function readSlowly(
  client: RawClient,
  setting: BenchSetting,
  { rows, paceRowsPerSecond }: SlowReading,
): Promise<StreamView> {
  const meter = startStreamMeter(setting.mode, { mostRows: rows });
  const startedAt = performance.now();
  const pace = () => {
    if (meter.rows >= rows) return call.cancel();
    call.pause();
    const dueAt = startedAt + (meter.rows / paceRowsPerSecond) * 1000;
    setTimeout(call.resume, Math.max(0, dueAt - performance.now()));
  };
  const call = client.open(setting, { limit: null }, afterEach(meter, pace));
  const end = await call.ended;
  if (end.code !== status.CANCELLED) assertOk(end);
  if (meter.rows < rows) throw endedEarly(rows);
  return meter.finish();
}

function endedEarly(row: number): BenchError {
  return new BenchError('bench.ended_early', `the stream ended before its row ${row}`);
}

/** Reads the table in parts, as often as there are clients: each of them has a connection for each of its parts. */
function readInParts(connections: Clients, setting: BenchSetting): Promise<StreamView[]> {
  const { clients, partitions } = setting.load;
  return Promise.all(
    Array.from({ length: clients }, (_, client) => {
      const [first = connections[0], ...others] = connections.slice(client * partitions, (client + 1) * partitions);
      return readParts([first, ...others], setting);
    }),
  );
}

/**
 * Asks for the parts of the table and reads them side by side. The result is one view of the whole: the parts follow each
 * other, so their checksums together make that of the table.
 */
async function readParts(connections: Clients, setting: BenchSetting): Promise<StreamView> {
  const startedAt = process.hrtime.bigint();
  const parts = await connections[0].partition(setting.load.partitions);
  if (parts.length === 0) throw new BenchError('bench.no_partitions', 'the server gave no partitions of the table');
  const views = await Promise.all(
    parts.map((partition, index) =>
      readToEnd(connections[index % connections.length] ?? connections[0], setting, { limit: null, partition }),
    ),
  );
  const whole = { ...views.reduce(joined), startedAt };
  return { ...whole, wallMs: wallMsOf([whole]) };
}

function joined(a: StreamView, b: StreamView): StreamView {
  return {
    ...a,
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    wireBytes: a.wireBytes + b.wireBytes,
    checksum: combineChecksums(a.checksum, b.checksum, b.bytes),
    streams: a.streams + b.streams,
    endedAt: a.endedAt > b.endedAt ? a.endedAt : b.endedAt,
    firstRowMs: Math.min(a.firstRowMs, b.firstRowMs),
    gapP50Ms: larger(a.gapP50Ms, b.gapP50Ms),
    gapP99Ms: larger(a.gapP99Ms, b.gapP99Ms),
  };
}

/** A part of one message has no gap, and says nothing about those of the others. */
function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Reads until so many rows have come, then cancels. */
export async function leaveAfter(client: RawClient, setting: BenchSetting, afterRows: number): Promise<LeftStream> {
  const counter = rowCounter(setting.mode, afterRows);
  let cancelledAt: bigint | undefined;
  const leave = () => {
    if (counter.rows < afterRows) return;
    cancelledAt = process.hrtime.bigint();
    call.cancel();
  };
  const call = client.open(setting, { limit: null }, afterEach(counter, leave));
  const end = await call.ended;
  if (end.code !== status.CANCELLED) assertOk(end);
  if (cancelledAt === undefined) throw endedEarly(afterRows);
  return { receivedRows: counter.rows, cancelledAt };
}
