import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import { sleep } from '../../waits/index.js';
import type { ClientReading, LeftStream, StreamView } from '../executor.js';
import { READING_MS } from '../scenarios/latency.js';
import { combineChecksums, type StreamRange } from '../wire/messages.js';
import { type Clients, type RawClient, streamFailed } from './raw-client.js';
import { startStreamMeter } from './stream-meter.js';

/** Reads the load of a setting: one stream or many, as fast as possible, by the clock or slowly. */
export async function readLoad(clients: Clients, setting: BenchSetting, limit: number | null): Promise<ClientReading> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const streams = await readAll(clients, setting, limit);
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { streams: [...streams], wallMs, cpuMicros: user + system };
}

function readAll(clients: Clients, setting: BenchSetting, limit: number | null): Promise<readonly StreamView[]> {
  const { readsPerSecond, paceRowsPerSecond, partitions } = setting.load;
  if (readsPerSecond !== null) return readByClock(clients, setting, { limit, readsPerSecond });
  if (paceRowsPerSecond !== null && limit !== null) {
    return Promise.all(clients.map((client) => readSlowly(client, setting, { rows: limit, paceRowsPerSecond })));
  }
  if (partitions > 1) return readInParts(clients, setting);
  return Promise.all(clients.map((client) => readToEnd(client, setting, { limit })));
}

function readToEnd(client: RawClient, setting: BenchSetting, range: StreamRange): Promise<StreamView> {
  return new Promise((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = client.open(setting, range);
    call.on('data', (message: Buffer) => meter.receive(message));
    call.once('error', (error: ServiceError) => reject(streamFailed(error)));
    call.once('end', () => resolve(meter.finish()));
  });
}

interface Clock {
  readonly limit: number | null;
  readonly readsPerSecond: number;
}

/**
 * Begins reads by the clock, whether or not earlier reads have ended: waiting for them would omit the times at which the server was slow
 * (coordinated omission).
 */
function readByClock(clients: Clients, setting: BenchSetting, { limit, readsPerSecond }: Clock): Promise<StreamView[]> {
  const startedAt = performance.now();
  const count = Math.max(1, Math.round((readsPerSecond * READING_MS) / 1000));
  const reads = Array.from({ length: count }, async (_, index) => {
    const dueAt = startedAt + (index * 1000) / readsPerSecond;
    await sleep(Math.max(0, dueAt - performance.now()));
    const lateMs = Math.max(0, performance.now() - dueAt);
    const client = clients[index % clients.length] ?? clients[0];
    return { ...(await readToEnd(client, setting, { limit })), lateMs };
  });
  return Promise.all(reads);
}

interface SlowReading {
  /** After which the client leaves. */
  readonly rows: number;
  readonly paceRowsPerSecond: number;
}

/**
 * Takes rows at a fixed rate, and then leaves. It slows the stream as a slow consumer does: rows that it does not take stay in the client's
 * window, in the socket, and in the server.
 */
async function readSlowly(
  client: RawClient,
  setting: BenchSetting,
  { rows, paceRowsPerSecond }: SlowReading,
): Promise<StreamView> {
  const meter = startStreamMeter(setting.mode);
  const call = client.open(setting, { limit: null });
  const startedAt = performance.now();
  try {
    for await (const message of messagesOf(call)) {
      meter.receive(message);
      if (meter.rows >= rows) break;
      const dueAt = startedAt + (meter.rows / paceRowsPerSecond) * 1000;
      if (dueAt > performance.now()) await sleep(dueAt - performance.now());
    }
  } finally {
    call.cancel();
  }
  if (meter.rows < rows) throw endedEarly(rows);
  return meter.finish();
}

async function* messagesOf(call: ClientReadableStream<Buffer>): AsyncGenerator<Buffer> {
  /** The call also reports its own cancellation as an error. */
  call.on('error', () => {});
  try {
    yield* call;
  } catch (error) {
    if (isServiceError(error) && error.code !== status.CANCELLED) throw streamFailed(error);
    if (!isServiceError(error)) throw error;
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

function endedEarly(row: number): BenchError {
  return new BenchError('bench.ended_early', `the stream ended before its row ${row}`);
}

/** Reads the table in partitions, once for each client: a client has a connection for each of its partitions. */
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
 * Requests the partitions of the table and reads them side by side. The result covers the whole table: the partitions follow each other, so
 * their checksums combine to that of the table.
 */
async function readParts(connections: Clients, setting: BenchSetting): Promise<StreamView> {
  const startedAt = performance.now();
  const parts = await connections[0].partition(setting.load.partitions);
  if (parts.length === 0) throw new BenchError('bench.no_partitions', 'the server gave no partitions of the table');
  const views = await Promise.all(
    parts.map((partition, index) =>
      readToEnd(connections[index % connections.length] ?? connections[0], setting, { limit: null, partition }),
    ),
  );
  return { ...views.reduce(joined), wallMs: performance.now() - startedAt };
}

function joined(a: StreamView, b: StreamView): StreamView {
  return {
    ...a,
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    checksum: combineChecksums(a.checksum, b.checksum, b.bytes),
    streams: a.streams + b.streams,
    firstRowMs: Math.min(a.firstRowMs, b.firstRowMs),
    gapP50Ms: larger(a.gapP50Ms, b.gapP50Ms),
    gapP99Ms: larger(a.gapP99Ms, b.gapP99Ms),
  };
}

/** A partition with one message has no gap between messages. */
function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Reads a number of rows, then cancels. */
export function leaveAfter(client: RawClient, setting: BenchSetting, afterRows: number): Promise<LeftStream> {
  return new Promise((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = client.open(setting, { limit: null });
    let left: LeftStream | undefined;
    call.on('data', (message: Buffer) => {
      if (left) return;
      meter.receive(message);
      if (meter.rows < afterRows) return;
      left = { receivedRows: meter.rows, cancelledAt: process.hrtime.bigint() };
      call.cancel();
    });
    call.once('error', (error: ServiceError) =>
      left && error.code === status.CANCELLED ? resolve(left) : reject(streamFailed(error)),
    );
    call.once('end', () => (left ? resolve(left) : reject(endedEarly(afterRows))));
  });
}
