import type { Client, Metadata } from '@grpc/grpc-js';
import { callForPartitions, callForRows, type ServiceFacts } from './calls.js';
import { type Connection, waitForConnection } from './channel.js';
import { type Cursor, type KeyTypes, openRange, type Range } from './position.js';
import type { ProgressMeter } from './progress.js';
import { type ResumeOptions, resumeStream } from './resume.js';

/** What all ranges of one stream share. */
export interface StreamContext {
  readonly facts: ServiceFacts;
  /** The columns that a position in the order consists of. */
  readonly columns: KeyTypes;
  readonly connection: Connection;
  readonly request: object;
  readonly options: ResumeOptions & { readonly metadata?: Metadata | undefined };
  /** The method that is called. */
  readonly method: string;
  readonly meter: ProgressMeter;
  /** Rows still to be delivered; Infinity without a limit. */
  left(): number;
  /** Whether another call can continue after the rows that were delivered; a snapshot cannot be continued. */
  mayResume(): boolean;
}

/** Rows that came together, and the cursor that moves as they are delivered. */
export interface ReceivedRows<Row> {
  readonly rows: readonly Row[];
  readonly cursor: Cursor<Row>;
}

/** Reads a range to its end, over as many calls as necessary. */
export async function* readRange(
  { facts, request, options, method, meter, left, mayResume }: StreamContext,
  range: Range,
  channel: Client,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReceivedRows<object>, void, undefined> {
  const { cursor, partition } = range;
  const batches = resumeStream({
    ...options,
    signal,
    mayResume,
    open(deadline) {
      meter.callOpened();
      const rest = { after: cursor.after, limit: limitFor(left()), ...(partition ? { partition } : {}) };
      const onBytes = (bytes: number) => {
        meter.bytes += bytes;
      };
      return callForRows(facts, method, channel, { ...request, ...rest }, { ...options, signal, deadline, onBytes });
    },
    connected: () => waitForConnection(channel, options.deadline, signal),
    isComplete: () => left() <= 0,
    onBreak: (broken) => meter.report(broken),
  });
  for await (const rows of batches) yield { rows, cursor };
  // A limit may end it early.
  range.done = left() > 0;
}

/** A request's 0 asks for all rows. */
function limitFor(left: number): bigint {
  return Number.isFinite(left) ? BigInt(left) : 0n;
}

/** Asks the server to split the table into ranges of similar size. */
export async function splitTable(
  { facts, columns, connection, request, options, meter, mayResume }: StreamContext,
  count: number,
): Promise<Range[]> {
  const { filter }: { filter?: unknown } = request;
  const answers = resumeStream({
    ...options,
    mayResume,
    async *open(deadline) {
      yield await callForPartitions(facts, connection.channel, { count, filter }, { ...options, deadline });
    },
    connected: () => waitForConnection(connection.channel, options.deadline, options.signal),
    isComplete: () => false,
    onBreak: (broken) => meter.report(broken),
  });
  for await (const partitions of answers) {
    return partitions.map((partition) => openRange(columns, undefined, partition));
  }
  return [];
}

/** Reads ranges side by side. Each has a connection of its own, and resumes by itself. */
export async function* readRanges(
  reading: StreamContext,
  ranges: readonly Range[],
  ordered: boolean,
): AsyncGenerator<ReceivedRows<object>, void, undefined> {
  const { connection, options, left } = reading;
  const ended = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
  const open = ranges.filter(({ done }) => !done).map((range) => ({ range, channel: connection.another() }));
  const sources = open.map(({ range, channel }) => readRange(reading, range, channel, signal));
  try {
    for await (const received of (ordered ? inTurn : asTheyCome)(sources)) {
      // Each range requests as many rows as are left for all of them.
      if (received.rows.length >= left()) return yield { ...received, rows: received.rows.slice(0, left()) };
      yield received;
    }
  } finally {
    ended.abort();
    await Promise.allSettled(sources.map((source) => source.return()));
    for (const { channel } of open) channel.close();
  }
}

/** Merges iterators: yields items as they arrive, and requests the next item of an iterator when the caller has taken the last. */
async function* asTheyCome<T>(sources: readonly AsyncIterator<T>[]): AsyncGenerator<T, void, undefined> {
  const pending = new Map(sources.map((source) => [source, nextOf(source)]));
  while (pending.size > 0) {
    const { source, result } = await Promise.race(pending.values());
    // Deleted and set again, so that it comes last in the map: the race then prefers the others.
    pending.delete(source);
    if (result.done) continue;
    yield result.value;
    pending.set(source, nextOf(source));
  }
}

/** Joins iterators: yields the items of one after the other, and requests the first item of each at once. */
async function* inTurn<T>(sources: readonly AsyncIterator<T>[]): AsyncGenerator<T, void, undefined> {
  const firsts = sources.map((source) => ({ source, first: nextOf(source) }));
  for (const { source, first } of firsts) {
    for (let { result } = await first; !result.done; result = await source.next()) yield result.value;
  }
}

interface SourceResult<T> {
  readonly source: AsyncIterator<T>;
  readonly result: IteratorResult<T>;
}

function nextOf<T>(source: AsyncIterator<T>): Promise<SourceResult<T>> {
  const next = source.next().then((result) => ({ source, result }));
  // An error is thrown where the result is awaited; when nothing awaits it any more, the stream has ended for another reason.
  next.catch(() => {});
  return next;
}
