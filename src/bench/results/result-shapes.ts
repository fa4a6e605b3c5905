import { z } from 'zod';
import type {
  BenchCancellation,
  BenchCell,
  BenchSample,
  BenchScenario,
  BenchSetting,
  BenchSettings,
  BenchTable,
  CancellationSample,
} from '../../results/index.js';

const known = z.number().nullable();
const numbers = z.array(z.number());
const consistency = z.enum(['chunked', 'snapshot']);
const scenarioName = z.enum([
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
]);

const loadShape = z.strictObject({
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
});

const settingFields = {
  chunk: z.number(),
  checkInterval: z.number(),
  mode: z.enum(['rows', 'batches']),
  batchRows: known,
  load: loadShape,
};

export const settingShape: z.ZodType<BenchSetting> = z.strictObject(settingFields);

export const settingsShape: z.ZodType<BenchSettings> = z.strictObject({
  scenarios: z.array(scenarioName),
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
  address: z.string().exactOptional(),
  rowBytes: known,
});

/** What one sample and one cell have in common. */
const figureFields = {
  rowsPerSecond: z.number().meta({ description: 'Rows ÷ wall time, of all clients together' }),
  firstRowMs: z.number(),
  gapP50Ms: known.meta({ description: 'Between two messages as the client sees them; null where there was one' }),
  gapP99Ms: known,
  clientCpuMicrosPerRow: z.number(),
  clientBusy: z.number().meta({ description: 'CPU time of the client as a share of the wall time' }),
  serverCpuMicrosPerRow: known,
  times: z
    .strictObject({
      databaseMs: z.number(),
      encodeMs: z.number(),
      writeMs: z.number(),
      drainMs: z.number(),
      otherMs: z.number(),
    })
    .nullable()
    .meta({
      description:
        'Where the wall time of the stream went on the server; other: idle, waiting for its turn. Null where that cannot be seen',
    }),
  eventLoopP99Ms: known.meta({ description: '99th percentile of how late the server’s event loop was' }),
  gcMs: known.meta({ description: 'Time of the server’s garbage collector' }),
  peakQueuedBytes: known,
  readAheadRows: known,
  fairness: known.meta({ description: 'The rate of the slowest of several clients as a share of that of the fastest' }),
  latency: z.strictObject({ p50Ms: z.number(), p90Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }).nullable(),
};

export const sampleShape: z.ZodType<BenchSample> = z.strictObject({
  round: z.number().meta({ description: 'Counts from 1; 0 on a fresh server, before them' }),
  rows: z.number(),
  bytes: z.number(),
  wallMs: z.number(),
  ...figureFields,
  readsMs: numbers.exactOptional().meta({ description: 'How long each read took that began by the clock' }),
  serverPeakRssMb: known,
});

const interval = z
  .tuple([z.number(), z.number()])
  .meta({ description: 'Low and high end of a 95% bootstrap interval' });

export const cellShape: z.ZodType<BenchCell> = z.strictObject({
  ...settingFields,
  ...figureFields,
  rows: z.number(),
  bytes: z.number(),
  rowsPerSecondCi: interval,
  megabytesPerSecond: z.number(),
  firstRowMsCi: interval,
  serverPeakRssMb: known.meta({ description: 'Of a server that streamed the table once and nothing before' }),
  samples: z.array(sampleShape),
});

export const scenarioShape: z.ZodType<BenchScenario> = z.strictObject({
  name: scenarioName,
  question: z.string(),
  cells: z.array(cellShape),
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

export const cancellationShape: z.ZodType<BenchCancellation> = z.strictObject({
  chunk: z.number(),
  checkInterval: z.number(),
  load: loadShape,
  worst: cancellationSampleShape,
  withinBound: z.boolean(),
  lastQueryMs: z.number(),
  lastQueryMaxMs: z.number(),
  endedMs: z.number(),
  endedMaxMs: z.number(),
  samples: z.array(cancellationSampleShape),
});
