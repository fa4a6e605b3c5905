import { z } from 'zod';
import type { BenchSetting, BenchTable, Immutable } from '../results/index.js';

/** What every stream of a table, or of its first rows, must come to. */
export const expectedRowsSchema = z.strictObject({
  rows: z.number(),
  bytes: z.number(),
  checksum: z.number(),
});
export interface ExpectedRows extends Immutable<z.infer<typeof expectedRowsSchema>> {}

/** What a plan needs to know of a table: how many of the rows that were asked for there are, and about how large they are. */
export const tableSizeSchema = z.strictObject({ rows: z.number(), rowBytes: z.number() });
export interface TableSize extends Immutable<z.infer<typeof tableSizeSchema>> {}

/** What the client saw of one stream. */
const streamViewSchema = z.strictObject({
  rows: z.number(),
  /** Bytes of the rows themselves, without framing. */
  bytes: z.number(),
  /** All bytes of the messages as they came, compressed or not. */
  wireBytes: z.number(),
  /** CRC-32 over the bytes of every row, in the order received. */
  checksum: z.number(),
  /** More than one where a table was read in parts. */
  streams: z.number(),
  /** How long after it was due the request was sent; 0 where no clock says when. */
  lateMs: z.number(),
  /** `process.hrtime.bigint()` when the request was sent, and when the end of the stream came: one clock for all processes of a machine. */
  startedAt: z.bigint(),
  endedAt: z.bigint(),
  wallMs: z.number(),
  firstRowMs: z.number(),
  /** Null where there was only one message. */
  gapP50Ms: z.number().nullable(),
  gapP99Ms: z.number().nullable(),
});
export interface StreamView extends Immutable<z.infer<typeof streamViewSchema>> {}

/** What the clients' process saw, and what it cost. */
export const clientReadingSchema = z.strictObject({
  streams: z.array(streamViewSchema),
  /** From the first stream's beginning to the last one's end. */
  wallMs: z.number(),
  /** Round trip of a ping, in milliseconds; null where no distance was added. */
  pingMs: z.number().nullable(),
  cpuMicros: z.number(),
  /** Time in which the event loop had work, and in which it had work and no core; of the busiest of several processes. */
  loopBusyMs: z.number(),
  loopWaitedMs: z.number().nullable(),
});
export interface ClientReading extends Immutable<z.infer<typeof clientReadingSchema>> {}

/** @param rest What comes between two readings. Default: nothing. */
export async function readInTurn(
  { readings = 1, leastMs = 0 }: Repetition,
  read: () => Promise<ClientReading>,
  rest: () => Promise<unknown> = async () => {},
): Promise<ClientReading> {
  let reading = await read();
  for (let count = 1; count < readings || reading.wallMs < leastMs; count += 1) {
    await rest();
    reading = inTurn(reading, await read());
  }
  return reading;
}

/** Readings of one setting after the other, as one. */
export function inTurn(first: ClientReading, second: ClientReading): ClientReading {
  return {
    streams: [...first.streams, ...second.streams],
    wallMs: first.wallMs + second.wallMs,
    pingMs: first.pingMs,
    cpuMicros: first.cpuMicros + second.cpuMicros,
    loopBusyMs: first.loopBusyMs + second.loopBusyMs,
    loopWaitedMs: sumOfKnown(first.loopWaitedMs, second.loopWaitedMs),
  };
}

function sumOfKnown(first: number | null, second: number | null): number | null {
  return first === null || second === null ? null : first + second;
}

/** How long streams took together: from the first one's beginning to the last one's end. */
export function wallMsOf(streams: readonly Pick<StreamView, 'startedAt' | 'endedAt'>[]): number {
  const [first, ...others] = streams;
  if (!first) return 0;
  const startedAt = others.reduce((time, one) => (one.startedAt < time ? one.startedAt : time), first.startedAt);
  const endedAt = others.reduce((time, one) => (one.endedAt > time ? one.endedAt : time), first.endedAt);
  return Number(endedAt - startedAt) / 1e6;
}

/** What the server says of one stream, or of several together: counts and times added up, the worst end of all. */
export const serverReadingSchema = z.strictObject({
  end: z.string(),
  status: z.string(),
  /** Rows handed to the socket. */
  rows: z.number(),
  rowsRead: z.number(),
  durationMs: z.number(),
  /** Null for handlers written by hand, which are not measured inside. */
  times: z
    .strictObject({ databaseMs: z.number(), encodeMs: z.number(), writeMs: z.number(), drainMs: z.number() })
    .nullable(),
  peakQueuedBytes: z.number().nullable(),
  /** Rows of a chunk as they were asked for last, and those of the largest one. */
  chunkSize: z.number().nullable().default(null),
  largestChunk: z.number().nullable().default(null),
  /** Memory that the process held before the first stream. */
  startRssBytes: z.number(),
  peakRssBytes: z.number(),
  cpuMicros: z.number(),
  eventLoopP99Ms: z.number(),
  loopBusyMs: z.number(),
  loopWaitedMs: z.number().nullable(),
  gcMs: z.number(),
  /** `process.hrtime.bigint()` of the last query's end and of the last stream's end. */
  lastQueryEndedAt: z.bigint(),
  endedAt: z.bigint(),
});
export interface ServerReading extends Immutable<z.infer<typeof serverReadingSchema>> {}

/** Both ends of what one setting asks for. */
export interface StreamReading {
  readonly client: ClientReading;
  /** Null for a server that is seen from outside only. */
  readonly server: ServerReading | null;
}

/** The client's end of a stream that it left. */
export const leftStreamSchema = z.strictObject({
  receivedRows: z.number(),
  /** `process.hrtime.bigint()` of the client's cancel: one clock for all processes of a machine. */
  cancelledAt: z.bigint(),
});
export interface LeftStream extends Immutable<z.infer<typeof leftStreamSchema>> {}

/** Both ends of a stream that its client left. */
export interface CancelReading extends LeftStream {
  readonly server: ServerReading;
}

/** How often something is read, one reading after the other. */
export interface Repetition {
  /** How often at least. Default: once. */
  readonly readings?: number;
  /** How long all readings last together at least, in milliseconds. Default: 0. */
  readonly leastMs?: number;
}

/** How much of what a setting asks for is read at once. */
export interface SampleSize extends Repetition {
  /** Most rows of a stream. Default and null: all. */
  readonly mostRows?: number | null;
}

/** One reading of all that a setting asks for. */
export const oneReading: Required<SampleSize> = { mostRows: null, readings: 1, leastMs: 0 };

/**
 * Where streams really run. The schedule, the statistics and the guidance know nothing else about processes, servers
 * and databases, so that they are tested with scripted readings and exact numbers.
 */
export interface Executor {
  /** One for each size of rows. */
  readonly tables: readonly [BenchTable, ...BenchTable[]];
  /** Of the first table. */
  readonly size: TableSize;
  /** Other orders and filters that the first table has, and what it lacks of them; undefined where nobody asked. */
  readonly queries?: { readonly names: readonly string[]; readonly notes: readonly string[] };
  readonly database: { readonly provider: string; readonly version: string };
  /** The server's memory after its first row, when all that loads lazily is loaded; null where it cannot be seen. */
  readonly serverIdleRssBytes: number | null;
  /** Where the server is; null for one that the bench starts. */
  readonly address: string | null;
  /** Whether the bench started the server, and so can measure inside it and start it again. */
  readonly isOurs: boolean;
  /** Whether its processes were each kept to cores of their own. */
  readonly pinned: boolean;
  /** CPU time that its processes have used since they began; null where they cannot be asked. */
  cpuMicros(): Promise<number | null>;
  /** CPU time, in microseconds, of work that is always the same: how fast the machine is just now. */
  yardstickMicros(): Promise<number>;
  /** What each stream of a setting must come to, and what its first rows must. */
  expected(setting: BenchSetting, mostRows?: number | null): ExpectedRows;
  /** Reads what the setting's load asks for. */
  stream(setting: BenchSetting, size?: SampleSize): Promise<StreamReading>;
  /** Reads until `afterRows` rows have come, and leaves. */
  cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading>;
  /** Reads from a server that has streamed nothing before: a process hardly gives memory back. */
  streamFromFreshServer(setting: BenchSetting): Promise<StreamReading>;
  /**
   * Ends the clients, and the servers that are ours, and starts others in their place. The speed of one process varies by chance (its memory
   * layout, the order of compilation); new processes keep that chance from looking like a property of the code.
   */
  renew(): Promise<void>;
  /** Starts the processes for the next `renew` beforehand, while nothing is measured. They wait, and take no CPU time. */
  startNext(): Promise<void>;
  close(): Promise<void>;
}
