import { z } from 'zod';
import type { BenchSample, BenchSetting, BenchSettings, BenchTable, CancellationSample } from '../model/index.js';

const known = z.number().nullable();
const numbers = z.array(z.number());
const consistency = z.enum(['chunked', 'snapshot']);

export const settingShape: z.ZodType<BenchSetting> = z.strictObject({
  chunk: z.number(),
  checkInterval: z.number(),
  mode: z.enum(['rows', 'batches']),
  batchRows: known,
  load: z.strictObject({
    method: z.enum(['stream', 'plain', 'legacy', 'offset']),
    rows: known,
    rowBytes: known,
    clients: z.number(),
    partitions: z.number(),
    rttMs: z.number(),
    windowBytes: known,
    consistency,
    paceRowsPerSecond: known,
    readsPerSecond: known,
  }),
});

export const settingsShape: z.ZodType<BenchSettings> = z.strictObject({
  scenarios: z.array(
    z.enum([
      'throughput',
      'cancel',
      'latency',
      'slow-consumer',
      'memory',
      'many-clients',
      'distance',
      'partitions',
      'legacy',
      'offset',
      'plain',
    ]),
  ),
  chunks: numbers,
  checkIntervals: numbers,
  batchRows: numbers,
  loads: z.strictObject({
    rowBytes: numbers.nullable(),
    clients: numbers.nullable(),
    partitions: numbers.nullable(),
    rttMs: numbers.nullable(),
    windowBytes: numbers.nullable(),
    consistency: z.array(consistency).nullable(),
    paceRowsPerSecond: numbers.nullable(),
    readsPerSecond: numbers.nullable(),
  }),
  rows: z.number(),
  rowBytes: z.number(),
  rounds: z.number(),
  precision: known,
  maxTimeSeconds: z.number(),
  seed: z.number(),
  quick: z.boolean(),
});

export const tableShape: z.ZodType<BenchTable> = z.strictObject({
  source: z.enum(['demo', 'project', 'server']),
  model: z.string(),
  rows: z.number(),
  bytes: z.number(),
  checksum: z.number(),
  verified: z.enum(['independent', 'consistent']),
  rowBytes: known,
});

export const sampleShape: z.ZodType<BenchSample> = z.strictObject({
  round: z.number(),
  rows: z.number(),
  bytes: z.number(),
  wallMs: z.number(),
  rowsPerSecond: z.number(),
  firstRowMs: z.number(),
  gapP50Ms: z.number(),
  gapP99Ms: z.number(),
  clientCpuMicrosPerRow: z.number(),
  clientBusy: z.number(),
  serverCpuMicrosPerRow: known,
  times: z
    .strictObject({
      databaseMs: z.number(),
      encodeMs: z.number(),
      writeMs: z.number(),
      drainMs: z.number(),
      otherMs: z.number(),
    })
    .nullable(),
  eventLoopP99Ms: known,
  gcMs: known,
  peakQueuedBytes: known,
  readAheadRows: known,
  fairness: known,
  latency: z.strictObject({ p50Ms: z.number(), p90Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }).nullable(),
  serverPeakRssMb: known,
});

export const cancellationSampleShape: z.ZodType<CancellationSample> = z.strictObject({
  round: z.number(),
  receivedRows: z.number(),
  inFlightRows: z.number(),
  rowsRead: z.number(),
  boundRows: z.number(),
  withinBound: z.boolean(),
  lastQueryMs: z.number(),
  endedMs: z.number(),
});
