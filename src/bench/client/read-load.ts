import { type ServiceError, status } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import { sleep } from '../../waits/index.js';
import type { ClientReading, StreamView } from '../rounds/executor.js';
import { READING_MS } from '../scenarios/latency.js';
import type { Clients } from './connections.js';
import { type RawClient, streamFailed } from './raw-client.js';
import { readPartitions } from './read-partitions.js';
import { readSlowly } from './read-slowly.js';
import { startStreamMeter } from './stream-meter.js';

/** Reads what a setting's load asks for: one stream or many, as fast as can be, by the clock or slowly. */
export async function readLoad(clients: Clients, setting: BenchSetting, limit: number | null): Promise<ClientReading> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const streams = await readAll(clients, setting, limit);
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { streams, wallMs, cpuMicros: user + system };
}

function readAll(clients: Clients, setting: BenchSetting, limit: number | null): Promise<StreamView[]> {
  const { readsPerSecond, paceRowsPerSecond, partitions } = setting.load;
  if (readsPerSecond !== null) return readByClock(clients, setting, { limit, readsPerSecond });
  if (paceRowsPerSecond !== null && limit !== null) {
    return Promise.all(clients.map((client) => readSlowly(client, setting, { rows: limit, paceRowsPerSecond })));
  }
  if (partitions > 1) return readPartitions(clients, setting);
  return Promise.all(clients.map((client) => readToEnd(client, setting, limit)));
}

interface Clock {
  readonly limit: number | null;
  readonly readsPerSecond: number;
}

/**
 * Begins reads by the clock, whether or not those before have ended: to wait for them would leave out the very times at
 * which the server was slow (coordinated omission).
 */
function readByClock(clients: Clients, setting: BenchSetting, { limit, readsPerSecond }: Clock): Promise<StreamView[]> {
  const startedAt = performance.now();
  const count = Math.max(1, Math.round((readsPerSecond * READING_MS) / 1000));
  const reads = Array.from({ length: count }, async (_, index) => {
    const dueAt = startedAt + (index * 1000) / readsPerSecond;
    await sleep(Math.max(0, dueAt - performance.now()));
    const lateMs = Math.max(0, performance.now() - dueAt);
    const client = clients[index % clients.length] ?? clients[0];
    return { ...(await readToEnd(client, setting, limit)), lateMs };
  });
  return Promise.all(reads);
}

function readToEnd(client: RawClient, setting: BenchSetting, limit: number | null): Promise<StreamView> {
  return new Promise((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = client.open(setting, { limit });
    call.on('data', (message: Buffer) => meter.receive(message));
    call.once('error', (error: ServiceError) => reject(streamFailed(error)));
    call.once('end', () => resolve(meter.finish()));
  });
}

/** Reads until so many rows have come, then cancels. */
export function leaveAfter(client: RawClient, setting: BenchSetting, afterRows: number) {
  return new Promise<{ receivedRows: number; cancelledAt: bigint }>((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = client.open(setting, { limit: null });
    let left: { receivedRows: number; cancelledAt: bigint } | undefined;
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
    call.once('end', () => {
      if (!left) reject(new BenchError('bench.ended_early', `the stream ended before its row ${afterRows}`));
      else resolve(left);
    });
  });
}
