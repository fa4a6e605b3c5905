import { z } from 'zod';

/** A schema's type with every field, list and pair readonly: a result does not change once it is made. */
export type Immutable<T> = { readonly [Key in keyof T]: Immutable<T[Key]> };

/** A figure, or null where it could not be seen or was not looked at. */
export const known = z.number().nullable();
const numbers = z.array(z.number());

/** One row a message, or many. */
export const streamModeSchema = z.enum(['rows', 'batches']);
export type StreamMode = z.infer<typeof streamModeSchema>;

/**
 * How the server reads: `stream` is the generated service; the others are written by hand without it, from the oldest way
 * (the whole table in memory) to `skip` and `take` and to a plain handler with a keyset loop.
 */
const methodSchema = z.enum(['stream', 'plain', 'legacy', 'offset']);
export type BenchMethod = z.infer<typeof methodSchema>;

const consistencySchema = z.enum(['chunked', 'snapshot']);
const compressionSchema = z.enum(['none', 'gzip']);

/** Which rows are read, by whom and from how far: all of a measurement that is not a setting of the server. */
export const benchLoadSchema = z.strictObject({
  method: methodSchema,
  /** Most rows that one client reads; null for the whole table. */
  rows: known,
  /** Size that the demo's rows were made to; null for rows that were there before. */
  rowBytes: known,
  /** Clients that read side by side, each over a connection of its own. */
  clients: z.number(),
  /** Streams that one table is split into; 1 for no split. */
  partitions: z.number(),
  /** Round trip that is added between client and server. */
  rttMs: z.number(),
  /** The client's flow-control window; null for that of the generated client. */
  windowBytes: known,
  consistency: consistencySchema,
  /** What the client asks of the server. */
  compression: compressionSchema.default('none'),
  /** Rows a second that a slow consumer takes; null for as fast as it can. */
  paceRowsPerSecond: known,
  /** Short reads that begin each second by the clock; null for one after the other. */
  readsPerSecond: known,
  query: z
    .string()
    .exactOptional()
    .meta({ description: 'Another order than the key’s, or a filter; absent for a plain stream' }),
});
export interface BenchLoad extends Immutable<z.infer<typeof benchLoadSchema>> {}

/** Rows a database round trip; `auto` where each stream finds them for itself. */
export const chunkSchema = z.union([z.number(), z.literal('auto')]);
export type BenchChunk = z.infer<typeof chunkSchema>;

/** Values in ascending order, each once; `auto` is none of them, and comes last. */
export function inOrder<Value extends BenchChunk>(values: readonly Value[]): Value[] {
  const place = (value: BenchChunk) => (value === 'auto' ? Number.POSITIVE_INFINITY : value);
  return [...new Set(values)].sort((a, b) => (a === b ? 0 : place(a) - place(b)));
}

/** The settings under test in one measurement; a sweep is the product of their values. */
export const settingSchema = z.strictObject({
  chunk: chunkSchema,
  /** Rows between two looks at cancellation. */
  checkInterval: z.number(),
  mode: streamModeSchema,
  /** Most rows in one message of a batch stream; null when a message is a row. */
  batchRows: known,
  load: benchLoadSchema,
});
export interface BenchSetting extends Immutable<z.infer<typeof settingSchema>> {}

export const scenarioNameSchema = z.enum([
  'throughput',
  'cancel',
  'latency',
  'slow-consumer',
  'memory',
  'many-clients',
  'distance',
  'partitions',
  'queries',
  'legacy',
  'offset',
  'plain',
]);
export type ScenarioName = z.infer<typeof scenarioNameSchema>;
export const scenarioNames: readonly ScenarioName[] = scenarioNameSchema.options;

/** Values of the load that were asked for; null leaves them to each scenario. */
const loadSweepSchema = z.strictObject({
  rowBytes: numbers.nullable(),
  clients: numbers.nullable(),
  partitions: numbers.nullable(),
  rttMs: numbers.nullable(),
  windowBytes: numbers.nullable(),
  consistency: z.array(consistencySchema).nullable(),
  compression: z.array(compressionSchema).nullable().default(null),
  paceRowsPerSecond: numbers.nullable(),
  readsPerSecond: numbers.nullable(),
});
export interface LoadSweep extends Immutable<z.infer<typeof loadSweepSchema>> {}

/** What the bench was asked to do. */
export const settingsSchema = z.strictObject({
  scenarios: z.array(scenarioNameSchema),
  chunks: z.array(chunkSchema),
  checkIntervals: numbers,
  /** Sizes of batch that are measured beside the row stream; empty for none. */
  batchRows: numbers,
  loads: loadSweepSchema,
  rows: z.number(),
  /** The first of the sizes that are swept. */
  rowBytes: z.number(),
  /** Rounds that are run, where the time allows it. */
  rounds: z.number(),
  /** Up to so many are run while the advice, or the precision that was asked for, is not known well enough. */
  mostRounds: z.number(),
  /** Rounds end when half the 95% interval of every rate is within this share of it; null for never. */
  precision: known,
  /** No round is begun that would end later than this after the start; one round is always run. */
  maxTimeSeconds: z.number(),
  /** Decides the rows' content, the order within each round and the points of cancellation. */
  seed: z.number(),
  quick: z.boolean(),
  /** What is in force now, and so is always among what a sweep measures; null where that is not known. */
  configured: z.strictObject({ chunkSize: chunkSchema, cancellationCheckInterval: z.number() }).nullable(),
  queries: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'Orders and filters that the table has; absent before it is known' }),
  /** The flags that were given, as they were typed: those of a command that measures the same again. */
  given: z.record(z.string(), z.string()),
});
export interface BenchSettings extends Immutable<z.infer<typeof settingsSchema>> {}

/** One client beside the server that reads the whole table as fast as it can. */
export const plainLoad: BenchLoad = Object.freeze({
  method: 'stream',
  rows: null,
  rowBytes: null,
  clients: 1,
  partitions: 1,
  rttMs: 0,
  windowBytes: null,
  consistency: 'chunked',
  compression: 'none',
  paceRowsPerSecond: null,
  readsPerSecond: null,
});

/** Whether a clock sets the rate of a load: the rate it reaches then says nothing about the server's own. */
export function isPaced({ paceRowsPerSecond, readsPerSecond }: BenchLoad): boolean {
  return paceRowsPerSecond !== null || readsPerSecond !== null;
}

/** A setting in a few words, for messages and as a key: `chunk 500, check every 100, batches of 500`. */
export function describeSetting({ chunk, checkInterval, batchRows, load }: BenchSetting): string {
  const message = batchRows === null ? 'a row a message' : `batches of ${batchRows}`;
  const words = [`chunk ${chunk}`, `check every ${checkInterval}`, message, describeLoad(load)];
  return words.filter((word) => word !== '').join(', ');
}

/**
 * How a load differs from one client that reads the whole table as fast as it can, in a few words; empty for that one.
 *
 * @example
 * describeLoad({ ...plainLoad, clients: 4, rttMs: 20 }); // '4 clients, 20 ms away'
 */
export function describeLoad(load: BenchLoad): string {
  return loadWords(load).join(', ');
}

/** The words of {@link describeLoad}, one for each difference. */
export function loadWords(load: BenchLoad): string[] {
  return wordings.flatMap((words) => words(load) ?? []);
}

type Wording = (load: BenchLoad) => string | undefined;

const wordings: readonly Wording[] = [
  ({ method }) => (method === 'stream' ? undefined : method),
  ({ query }) => query,
  ({ rows }) => (rows === null ? undefined : `${grouped(rows)} rows`),
  ({ rowBytes }) => (rowBytes === null ? undefined : `rows of ${grouped(rowBytes)} bytes`),
  ({ clients }) => (clients === 1 ? undefined : `${clients} clients`),
  ({ partitions }) => (partitions === 1 ? undefined : `${partitions} partitions`),
  ({ rttMs }) => (rttMs === 0 ? undefined : `${rttMs} ms away`),
  ({ windowBytes }) => (windowBytes === null ? undefined : `window ${binary(windowBytes)}`),
  ({ consistency }) => (consistency === 'chunked' ? undefined : consistency),
  ({ compression }) => (compression === 'none' ? undefined : compression),
  ({ paceRowsPerSecond: pace }) => (pace === null ? undefined : `taking ${grouped(pace)} rows/s`),
  ({ readsPerSecond: rate }) => (rate === null ? undefined : `${grouped(rate)} reads/s`),
];

/** The words serve as keys too: two windows must not read alike. */
function binary(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${grouped(bytes)} bytes`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
