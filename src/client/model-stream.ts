import type { Metadata } from '@grpc/grpc-js';
import { UsageError } from '../errors/index.js';
import { sleep } from '../waits/index.js';
import type { ServiceFacts } from './calls.js';
import type { Connection } from './channel.js';
import { type ReceivedRows, readRange, readRanges, type StreamContext, splitTable } from './partitions.js';
import {
  assertPosition,
  type KeyMessage,
  type KeyTypes,
  keyFromJson,
  openRange,
  positionOf,
  rangesAt,
  type StreamPosition,
} from './position.js';
import { ProgressMeter, type ProgressOptions } from './progress.js';
import type { ResumeOptions } from './resume.js';

/** How a stream is read; the request says which rows. */
export interface StreamOptions extends ResumeOptions, ProgressOptions {
  /** Continues another stream of the same request: the value that its `position()` returned, unchanged or read back from JSON. */
  readonly position?: StreamPosition | undefined;
  /** `batches` puts many rows into a message, which costs several times less; `rows` puts one. Default `batches`. */
  readonly messages?: 'batches' | 'rows' | undefined;
  /** Reads this many ranges of the key side by side, each over its own connection. Default 1. */
  readonly partitions?: number | undefined;
  /**
   * Whether rows of several partitions come in the order of the key. A range then waits, with its first rows read ahead, until the ranges
   * before it have ended, which costs most of the speed that partitions gain. Default false: rows come in the order in which they arrive.
   */
  readonly ordered?: boolean | undefined;
  /**
   * Follows the table: after its last row, the stream requests newer rows each time this many milliseconds have passed. The server holds back
   * rows that rows of unfinished transactions may still precede, so the stream misses none. Needs an ascending order. Default: the stream
   * ends with the table.
   */
  readonly followIntervalMs?: number | undefined;
  /** Sent with every attempt. */
  readonly metadata?: Metadata | undefined;
}

/** The rows of a table, one after the other, across breaks of the connection. It can be iterated once. */
export interface RowStream<Row> extends AsyncIterable<Row> {
  /**
   * The position of the caller: after the last row that it got. It can be stored as JSON, and `stream(request, { position })` continues from
   * there, in this process or another.
   */
  position(): StreamPosition;
}

/** The part of a request that the client itself reads; the server gets the whole request. */
interface StreamRequest {
  readonly limit?: number | bigint;
  readonly after?: KeyMessage | null;
  readonly consistency?: string;
  readonly order?: string;
}

/**
 * Streams a model's rows over as many calls as necessary, as a client's `stream` does, for tools that have only the facts of a model.
 *
 * @example
 * const rows = modelStream(facts, connect('localhost:50051'), { limit: 10 }, {});
 *
 */
export function modelStream(
  facts: ServiceFacts,
  connection: Connection,
  request: StreamRequest,
  options: StreamOptions,
): RowStream<object> {
  const { position = { rows: 0 }, partitions = 1 } = options;
  assertPosition(position);
  const columns = positionColumns(request, facts);
  const isSplit = partitions > 1 || position.ranges !== undefined;
  const isSnapshot = request.consistency === 'CONSISTENCY_SNAPSHOT';
  if (isSnapshot && isSplit) throw snapshotIsSplit();
  const { followIntervalMs } = options;
  if (followIntervalMs !== undefined && (isSplit || isSnapshot)) throw followsWhole();

  const meter = new ProgressMeter(options);
  const limit = limitOf(request) - position.rows;
  const reading: StreamContext = {
    facts,
    columns,
    connection,
    request: followIntervalMs === undefined ? request : { ...request, settled: true },
    options,
    method: options.messages === 'rows' ? facts.rows : facts.batches,
    meter,
    left: () => limit - meter.rows,
    mayResume: () => !isSnapshot || meter.rows === 0,
  };
  const start = position.after ? keyFromJson(position.after, columns) : (request.after ?? undefined);
  if (isSplit && start) throw restIsSplit();
  const whole = openRange(columns, start);
  let ranges = rangesAt(position, columns);

  async function* follow(intervalMs: number) {
    while (true) {
      yield* readRange(reading, whole, connection.channel, options.signal);
      if (reading.left() <= 0) return;
      await sleep(intervalMs, { signal: options.signal });
    }
  }
  const readWhole = () =>
    followIntervalMs === undefined
      ? readRange(reading, whole, connection.channel, options.signal)
      : follow(followIntervalMs);
  async function* readSplit() {
    ranges ??= await splitTable(reading, partitions);
    yield* readRanges(reading, ranges, options.ordered ?? false);
  }
  return readOnce({
    meter,
    read: isSplit ? readSplit : readWhole,
    position() {
      const rows = position.rows + meter.rows;
      if (ranges) return { rows, ranges: ranges.map(positionOf) };
      const { after } = positionOf(whole);
      return { rows, ...(after ? { after } : {}) };
    },
  });
}

/** In the key's own order, a position is the key; in another order, it has that order's columns as well. */
function positionColumns({ order }: StreamRequest, { key }: ServiceFacts): KeyTypes {
  if (order !== undefined && !order.endsWith('_UNSPECIFIED')) return key;
  return Object.fromEntries(Object.entries(key).filter(([, { optional }]) => !optional));
}

/** 0 asks for all rows, as in the request itself. */
function limitOf({ limit = 0 }: StreamRequest): number {
  const rows = Number(limit);
  if (Number.isSafeInteger(rows) && rows >= 0) return rows === 0 ? Number.POSITIVE_INFINITY : rows;
  throw new UsageError('client.limit', `the limit must be a whole number of rows, not ${limit}`);
}

function snapshotIsSplit(): UsageError {
  return new UsageError('client.snapshot', 'each partition would have its own snapshot', {
    nextActions: ['read a snapshot as one stream, or partitions with `consistency` left out'],
  });
}

function followsWhole(): UsageError {
  return new UsageError(
    'client.follow',
    'a table is followed as one stream, without partitions and without a snapshot',
    {
      nextActions: ['leave `partitions` and `consistency` out'],
    },
  );
}

function restIsSplit(): UsageError {
  return new UsageError('client.partitions', 'partitions split the whole table, and cannot start after a key', {
    nextActions: [
      'read the rest as one stream, or start again with partitions; a `position()` of a stream of partitions continues them',
    ],
  });
}

interface ReadOnceOptions<Row> {
  /** Starts to read. */
  readonly read: () => AsyncIterable<ReceivedRows<Row>>;
  readonly position: () => StreamPosition;
  readonly meter: ProgressMeter;
}

/** An iterable that can be iterated once. */
function readOnce<Row extends object>({ read, position, meter }: ReadOnceOptions<Row>): RowStream<Row> {
  let begun = false;
  return {
    position,
    [Symbol.asyncIterator]() {
      if (begun) {
        throw new UsageError('client.stream_read', 'a stream is read once', {
          nextActions: ['open another; with `position: stream.position()` it continues where this one stopped'],
        });
      }
      begun = true;
      return deliver(read, meter);
    },
  };
}

/** Yields rows one by one, and records the position of the caller. */
async function* deliver<Row>(
  read: () => AsyncIterable<ReceivedRows<Row>>,
  meter: ProgressMeter,
): AsyncGenerator<Row, void, undefined> {
  for await (const { rows, cursor } of read()) {
    for (const row of rows) {
      cursor.last = row;
      meter.rows++;
      yield row;
    }
    meter.reportWhenDue();
  }
  meter.report();
}
