import { z } from 'zod';
import { streamingShape } from '../config/index.js';
import type { BenchSetting } from '../model/index.js';
import type { ClientReading, ServerReading } from './executor.js';
import { operation } from './operation.js';

const nothing = z.undefined();

const setting: z.ZodType<BenchSetting> = z.strictObject({
  chunk: z.number(),
  checkInterval: z.number(),
  mode: z.enum(['rows', 'batches']),
  batchRows: z.number().nullable(),
});

/** Full gRPC paths of a model's two streams. */
const methods = z.strictObject({ rows: z.string(), batches: z.string() });

export type StreamMethods = z.infer<typeof methods>;

/** The modules that a project's generated code is loaded from, as URLs. */
const modules = z.strictObject({ services: z.string(), database: z.string(), messages: z.string() });

export type GeneratedModules = z.infer<typeof modules>;

/** What is streamed: the generated modules, the model among them, and the settings that no sweep changes. */
const target = z.strictObject({
  modules,
  schemaPath: z.string(),
  model: z.string(),
  streaming: z.strictObject(streamingShape),
});

/**
 * Database process: makes and fills the table when `fill` says so, then reads at most `maxRows` rows and encodes them
 * by a path that shares no code with the server's.
 */
export const prepareTable = operation(
  'prepare-table',
  z.strictObject({
    target,
    fill: z.strictObject({ rows: z.number(), rowBytes: z.number(), seed: z.number() }).nullable(),
    maxRows: z.number(),
  }),
  z.strictObject({
    rows: z.number(),
    bytes: z.number(),
    checksum: z.number().nullable(),
    provider: z.string(),
    version: z.string(),
  }),
);

/** Server process: serves the model's generated service on a free port. */
export const startServer = operation(
  'start-server',
  z.strictObject({ target }),
  z.strictObject({ address: z.string(), methods }),
);

/** Server process: collects garbage and sets its meters to zero, before a stream. */
export const beginStream = operation('begin-stream', nothing, nothing);

const serverReading: z.ZodType<ServerReading> = z.strictObject({
  end: z.string(),
  status: z.string(),
  rows: z.number(),
  rowsRead: z.number(),
  durationMs: z.number(),
  databaseMs: z.number(),
  encodeMs: z.number(),
  drainMs: z.number(),
  peakRssBytes: z.number(),
  cpuMicros: z.number(),
  lastQueryEndedAt: z.bigint(),
  endedAt: z.bigint(),
});

/** Server process: waits until the stream has ended and reads the meters. */
export const finishStream = operation('finish-stream', nothing, serverReading);

/** Client process: connects to a server, and leaves the one before. */
export const connect = operation('connect', z.strictObject({ address: z.string(), methods }), nothing);

const clientReading: z.ZodType<ClientReading> = z.strictObject({
  rows: z.number(),
  bytes: z.number(),
  checksum: z.number(),
  wallMs: z.number(),
  firstRowMs: z.number(),
  gapP50Ms: z.number(),
  gapP99Ms: z.number(),
  cpuMicros: z.number(),
});

/** Client process: reads a stream to its end. */
export const readStream = operation(
  'read-stream',
  z.strictObject({ setting, limit: z.number().nullable() }),
  clientReading,
);

/** Client process: reads so many rows and leaves. */
export const leaveStream = operation(
  'leave-stream',
  z.strictObject({ setting, afterRows: z.number() }),
  z.strictObject({ receivedRows: z.number(), cancelledAt: z.bigint() }),
);
