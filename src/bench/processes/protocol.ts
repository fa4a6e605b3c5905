import { z } from 'zod';
import { streamingShape } from '../../config/index.js';
import type { StreamModel } from '../../model/index.js';
import type { ExpectedRows } from '../database/expected-rows.js';
import { settingShape as setting } from '../results/result-shapes.js';
import type { ClientReading, ServerReading, TableSize } from '../rounds/executor.js';
import { operation } from './operation.js';

const nothing = z.undefined();

/** Full gRPC paths: a model's two streams and its partitions, and the ways to read that it is compared with. */
const methods = z.strictObject({
  rows: z.string(),
  batches: z.string(),
  partition: z.string(),
  plain: z.string(),
  legacy: z.string(),
  offset: z.string(),
});

export type StreamMethods = z.infer<typeof methods>;

/** The modules that a project's generated code is loaded from, as URLs. */
const modules = z.strictObject({ services: z.string(), database: z.string(), messages: z.string() });

export type GeneratedModules = z.infer<typeof modules>;

/** What is streamed: the generated modules, the model among them, and the settings that no sweep changes. */
export const targetShape = z.strictObject({
  modules,
  schemaPath: z.string(),
  model: z.string(),
  streaming: z.strictObject(streamingShape),
});

/** Plain data that the database's process read from the schema: a server that read it too would hold the schema's tools. */
const streamModel = z.custom<StreamModel>((value) => value instanceof Object && 'key' in value);

const expectedRows: z.ZodType<ExpectedRows> = z.strictObject({
  rows: z.number(),
  bytes: z.number(),
  checksum: z.number(),
});

/**
 * Database process: makes and fills the table when `fill` says so, then reads at most `maxRows` rows and encodes them
 * by a path that shares no code with the server's. `prefixes` are counts of first rows that are asked for too.
 */
export const prepareTable = operation(
  'prepare-table',
  z.strictObject({
    target: targetShape,
    fill: z.strictObject({ rows: z.number(), rowBytes: z.number(), seed: z.number() }).nullable(),
    maxRows: z.number(),
    prefixes: z.array(z.number()),
  }),
  z.strictObject({
    whole: expectedRows,
    prefixes: z.array(expectedRows).readonly(),
    model: streamModel,
    provider: z.string(),
    version: z.string(),
  }),
);

const tableSize: z.ZodType<TableSize> = z.strictObject({ rows: z.number(), rowBytes: z.number() });

/** Database process: how many rows a project's table has, and how large the first of them are. */
export const sizeTable = operation('size-table', z.strictObject({ target: targetShape }), tableSize);

/** Server process: serves the model's generated service on a free port. */
export const startServer = operation(
  'start-server',
  z.strictObject({ target: targetShape, model: streamModel }),
  z.strictObject({ address: z.string(), methods }),
);

/** Server process: collects garbage and sets its meters to zero, before a sample. */
export const beginStreams = operation('begin-streams', nothing, nothing);

const serverReading: z.ZodType<ServerReading> = z.strictObject({
  end: z.string(),
  status: z.string(),
  rows: z.number(),
  rowsRead: z.number(),
  durationMs: z.number(),
  times: z
    .strictObject({ databaseMs: z.number(), encodeMs: z.number(), writeMs: z.number(), drainMs: z.number() })
    .nullable(),
  peakQueuedBytes: z.number().nullable(),
  peakRssBytes: z.number(),
  cpuMicros: z.number(),
  eventLoopP99Ms: z.number(),
  gcMs: z.number(),
  lastQueryEndedAt: z.bigint(),
  endedAt: z.bigint(),
});

/** Server process: waits until so many streams have ended and reads the meters. */
export const finishStreams = operation('finish-streams', z.strictObject({ streams: z.number() }), serverReading);

/** Any process: CPU time since it began, in microseconds. */
export const askCpu = operation('ask-cpu', nothing, z.number());

/** How a server of others is reached. */
const access = z.strictObject({
  tls: z
    .strictObject({ ca: z.string().nullable(), cert: z.string().nullable(), key: z.string().nullable() })
    .nullable(),
  token: z.string().nullable(),
});

export type ServerAccess = z.infer<typeof access>;

const server = z.strictObject({ address: z.string(), methods, access });

/** Where a server is, and how it is asked. */
export type ServerPlace = z.infer<typeof server>;

const clientReading: z.ZodType<ClientReading> = z.strictObject({
  streams: z.array(
    z.strictObject({
      rows: z.number(),
      bytes: z.number(),
      checksum: z.number(),
      streams: z.number(),
      lateMs: z.number(),
      wallMs: z.number(),
      firstRowMs: z.number(),
      gapP50Ms: z.number().nullable(),
      gapP99Ms: z.number().nullable(),
    }),
  ),
  wallMs: z.number(),
  cpuMicros: z.number(),
});

/** Client process: reads what a setting's load asks for. `limit`: most rows of one stream; null for all. */
export const readStreams = operation(
  'read-streams',
  z.strictObject({ server, setting, limit: z.number().nullable() }),
  clientReading,
);

/** Client process: reads so many rows and leaves. */
export const leaveStream = operation(
  'leave-stream',
  z.strictObject({ server, setting, afterRows: z.number() }),
  z.strictObject({ receivedRows: z.number(), cancelledAt: z.bigint() }),
);

/** Proxy process: passes bytes on to a server, each so many milliseconds after it came. */
export const startProxy = operation(
  'start-proxy',
  z.strictObject({ target: z.string(), delayMs: z.number() }),
  z.strictObject({ address: z.string() }),
);
