import { z } from 'zod';
import { benchLoadSchema, chunkSchema, type Immutable, known, scenarioNameSchema, settingSchema } from './setting.js';

/**
 * Where a stream's time went, in milliseconds of the server's wall time; several streams of one sample are added up.
 * `otherMs` is the rest: turns of the event loop, and waiting for one.
 */
const timeSplitSchema = z.strictObject({
  databaseMs: z.number(),
  encodeMs: z.number(),
  /** Handing bytes to the socket. */
  writeMs: z.number(),
  drainMs: z.number(),
  otherMs: z.number(),
});
export interface TimeSplit extends Immutable<z.infer<typeof timeSplitSchema>> {}

/** How long reads took, counted from when each was due to begin, however late it began. */
const latencyFiguresSchema = z.strictObject({
  reads: z.number(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p99Ms: known.meta({ description: 'Null below 100 reads, which have no hundredth part' }),
  p999Ms: known.meta({ description: 'Null below 1,000 reads' }),
  maxMs: z.number(),
});
export interface LatencyFigures extends Immutable<z.infer<typeof latencyFiguresSchema>> {}

/** What one sample or one cell measures. */
const figuresSchema = z.strictObject({
  rowsPerSecond: z.number().meta({ description: 'Rows ÷ wall time, of all clients together' }),
  firstRowMs: z.number(),
  /** Two messages are two rows, or two batches. */
  gapP50Ms: known.meta({ description: 'Between two arrivals of messages at the client; null where there was one' }),
  gapP99Ms: known,
  pingMs: known.meta({ description: 'Round trip of a ping over the distance that was added; null where none was' }),
  clientCpuMicrosPerRow: z.number(),
  serverCpuMicrosPerRow: known,
  /** Near 1, this side can do no more. */
  clientBusy: z
    .number()
    .meta({ description: 'Share of the wall time in which the busiest client’s event loop had work' }),
  serverBusy: known.meta({ description: 'Share of the wall time in which the server’s event loop had work' }),
  clientWaited: known.meta({
    description: 'Share of the wall time in which the client had work and no core to do it on',
  }),
  serverWaited: known.meta({
    description: 'Share of the wall time in which the server had work and no core to do it on',
  }),
  times: timeSplitSchema.nullable().meta({
    description:
      'Where the wall time of the stream went on the server; other: idle, waiting for its turn. Null where that cannot be seen',
  }),
  eventLoopP99Ms: known.meta({ description: '99th percentile of how late the server’s event loop was' }),
  gcMs: known.meta({ description: 'Time of the server’s garbage collector' }),
  /** Most bytes that waited for the socket at once, in one stream. */
  peakQueuedBytes: known,
  /** Rows read from the database that the client had not been handed when it stopped reading. */
  readAheadRows: known,
  chunkRows: z
    .number()
    .exactOptional()
    .meta({ description: 'With the chunk `auto`: the rows of a chunk that the stream found in the end' }),
  fairness: known.meta({ description: 'The rate of the slowest of several clients as a share of that of the fastest' }),
  /** Of reads that begin by the clock, to their end and to their first row. */
  latency: latencyFiguresSchema.nullable(),
  firstRowLatency: latencyFiguresSchema.nullable(),
});
export interface BenchFigures extends Immutable<z.infer<typeof figuresSchema>> {}

/** One measurement: one stream read to its end, or the streams that its load asks for; or the mean of several such readings. */
export const sampleSchema = z.strictObject({
  /** Samples of one round ran side by side in time, so they can be compared in pairs. */
  round: z.number().meta({ description: 'Counts from 1; of a sample on a fresh server, the number of that server' }),
  readings: z
    .number()
    .exactOptional()
    .meta({ description: 'Of how many readings, one after the other, it is the mean; absent for one' }),
  rows: z.number(),
  bytes: z.number(),
  wireBytes: z.number().meta({ description: 'Bytes of the messages as they came, compressed or not' }),
  wallMs: z.number(),
  ...figuresSchema.shape,
  /** In milliseconds and in their order; of such samples only. */
  readsMs: z.array(z.number()).exactOptional().meta({ description: 'How long each read took that began by the clock' }),
  firstRowsMs: z
    .array(z.number())
    .exactOptional()
    .meta({ description: 'How long each of them waited for its first row' }),
  firstRowStreamsMs: z
    .number()
    .exactOptional()
    .meta({ description: 'How long the streams took that were read besides, for the time of their first row' }),
  /** Since the server was started, or since the last sample where the system can tell. */
  serverPeakRssMb: known,
  serverAddedMb: known.meta({ description: 'By how much the peak lies above what the server held before' }),
});
export interface BenchSample extends Immutable<z.infer<typeof sampleSchema>> {}

/** A low and a high end. */
export type Interval = readonly [low: number, high: number];

const intervalSchema = z
  .tuple([z.number(), z.number()])
  .nullable()
  .meta({ description: 'Where the true median lies in 95 runs of 100; null where there are too few samples to say' });

const rangeSchema = z
  .tuple([z.number(), z.number()])
  .nullable()
  .meta({ description: 'The least and the most of several fresh servers; null where there was one' });

/** How well a cell’s figures are known. */
const intervalsSchema = z.strictObject({
  rowsPerSecond: intervalSchema,
  megabytesPerSecond: intervalSchema,
  firstRowMs: intervalSchema,
  gapP50Ms: intervalSchema,
  gapP99Ms: intervalSchema,
  clientCpuMicrosPerRow: intervalSchema,
  serverCpuMicrosPerRow: intervalSchema,
  eventLoopP99Ms: intervalSchema,
  serverPeakRssMb: rangeSchema,
  serverAddedMb: rangeSchema,
});
export interface CellIntervals extends Immutable<z.infer<typeof intervalsSchema>> {}

/** What kept a stream from going faster: a side whose event loop had work all the time, a want of cores, or the client’s window. */
const limitSchema = z.enum(['server', 'client', 'cores', 'window', 'database', 'pace']);
export type Limit = z.infer<typeof limitSchema>;

/** One setting's figures; each is the median of its samples, that of the memory over fresh servers. */
export const cellSchema = z.strictObject({
  ...settingSchema.shape,
  ...figuresSchema.shape,
  /** Rows and row bytes of one sample, all verified. */
  rows: z.number(),
  bytes: z.number(),
  /** Row bytes ÷ wall time, in millions. */
  megabytesPerSecond: z.number(),
  intervals: intervalsSchema,
  limit: limitSchema.nullable().meta({ description: 'What kept it from going faster; null where that cannot be seen' }),
  /** See `environment.serverIdleRssMb`. */
  serverPeakRssMb: known.meta({ description: 'Of a server that streamed the table once, and little before' }),
  serverAddedMb: known.meta({ description: 'What the table added to what such a server held before' }),
  samples: z.array(sampleSchema),
});
export interface BenchCell extends Immutable<z.infer<typeof cellSchema>> {}

/** A scenario's cells. `throughput` and `cancel` have their own places in the result. */
export const scenarioSchema = z.strictObject({
  name: scenarioNameSchema,
  /** What it answers, in a sentence. */
  question: z.string(),
  cells: z.array(cellSchema),
  notes: z.array(z.string()).exactOptional().meta({ description: 'What was not measured, and why; what was found' }),
});
export interface BenchScenario extends Immutable<z.infer<typeof scenarioSchema>> {}

/** One client that left. */
export const cancellationSampleSchema = z.strictObject({
  round: z.number(),
  /** Rows the client had been handed when it cancelled. */
  receivedRows: z.number(),
  /** Rows that the server had handed to the socket and the client never saw. */
  inFlightRows: z.number(),
  /** The server's own count of rows read from the database. */
  rowsRead: z.number(),
  /** Received + in flight + two chunks: the most that may have been read. */
  boundRows: z.number(),
  withinBound: z.boolean(),
  /** From the client's cancel to the end of the last query; 0 when none was running any more. */
  lastQueryMs: z.number(),
  /** From the client's cancel to the end of the stream on the server. */
  endedMs: z.number(),
});
export interface CancellationSample extends Immutable<z.infer<typeof cancellationSampleSchema>> {}

/** What a client that leaves costs at one setting. */
export const cancellationSchema = z.strictObject({
  chunk: chunkSchema,
  checkInterval: z.number(),
  load: benchLoadSchema,
  /** The sample that read the most past its client. */
  worst: cancellationSampleSchema,
  withinBound: z.boolean(),
  lastQueryMs: z.number(),
  lastQueryMsInterval: intervalSchema,
  lastQueryMaxMs: z.number(),
  endedMs: z.number(),
  endedMsInterval: intervalSchema,
  endedMaxMs: z.number(),
  samples: z.array(cancellationSampleSchema),
});
export interface BenchCancellation extends Immutable<z.infer<typeof cancellationSchema>> {}
