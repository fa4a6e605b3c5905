import type { Metadata } from '@grpc/grpc-js';
import { UsageError } from '../errors/index.js';
import type { ServiceFacts } from './call-service.js';
import type { Connection } from './channel.js';
import { type KeyMessage, type KeyTypes, keyFromJson } from './key-json.js';
import { readPartitions, splitTable } from './read-partitions.js';
import { type Reading, readRange } from './read-range.js';
import type { ResumeOptions } from './resume-stream.js';
import { type RowStream, rowStream } from './row-stream.js';
import { assertPosition, openRange, positionOf, rangesAt, type StreamPosition } from './stream-position.js';
import { ProgressMeter, type ProgressOptions } from './stream-progress.js';

/** How a stream is read; what is read says the request. */
export interface StreamOptions extends ResumeOptions, ProgressOptions {
  /** Goes on where another stream of the same request stood: what its `position()` gave, fresh or out of JSON. */
  readonly position?: StreamPosition | undefined;
  /** Rows come in messages of many, which costs several times less, or one a message. Default `batches`. */
  readonly messages?: 'batches' | 'rows' | undefined;
  /** Reads so many ranges of the key side by side, each over a connection of its own. Default 1. */
  readonly partitions?: number | undefined;
  /**
   * Whether rows of several partitions come in the order of the key. A range then waits, its first rows read ahead, until those before it
   * are done: so the order costs most of what partitions gain. Default false: as they come.
   */
  readonly ordered?: boolean | undefined;
  /** Sent with every attempt. */
  readonly metadata?: Metadata | undefined;
}

/** What of a request is looked at here; the server sees all of it. */
interface StreamRequest {
  readonly limit?: number | bigint;
  readonly after?: KeyMessage | null;
  readonly consistency?: string;
  readonly order?: string;
}

/**
 * Streams a model's rows over as many calls as it takes: what a client's `stream` does, for tools that know a model only by its facts.
 *
 * @example
 * const rows = modelStream(facts, connect('localhost:50051'), { limit: 10 }, {});
 */
export function modelStream(
  facts: ServiceFacts,
  connection: Connection,
  request: StreamRequest,
  options: StreamOptions,
): RowStream<object> {
  const { position = { rows: 0 }, partitions = 1 } = options;
  assertPosition(position);
  const columns = placeColumns(request, facts);
  const isSplit = partitions > 1 || position.ranges !== undefined;
  const isSnapshot = request.consistency === 'CONSISTENCY_SNAPSHOT';
  if (isSnapshot && isSplit) throw severalSnapshots();

  const meter = new ProgressMeter(options);
  const limit = limitOf(request) - position.rows;
  const reading: Reading = {
    facts,
    columns,
    connection,
    request,
    options,
    method: options.messages === 'rows' ? facts.rows : facts.batches,
    meter,
    left: () => limit - meter.rows,
    mayResume: () => !isSnapshot || meter.rows === 0,
  };
  const start = position.after ? keyFromJson(position.after, columns) : (request.after ?? undefined);
  if (isSplit && start) throw splitRest();
  const whole = openRange(columns, start);
  let ranges = rangesAt(position, columns);

  async function* readSplit() {
    ranges ??= await splitTable(reading, partitions);
    yield* readPartitions(reading, ranges, options.ordered ?? false);
  }
  return rowStream({
    meter,
    read: isSplit ? readSplit : () => readRange(reading, whole, connection.channel, options.signal),
    position() {
      const rows = position.rows + meter.rows;
      if (ranges) return { rows, ranges: ranges.map(positionOf) };
      const { after } = positionOf(whole);
      return { rows, ...(after ? { after } : {}) };
    },
  });
}

/** A place in the key's own order is the key; in another it is told by what that order goes by as well. */
function placeColumns({ order }: StreamRequest, { key }: ServiceFacts): KeyTypes {
  if (order !== undefined && !order.endsWith('_UNSPECIFIED')) return key;
  return Object.fromEntries(Object.entries(key).filter(([, { optional }]) => !optional));
}

/** 0 asks for all rows, as in the request itself. */
function limitOf({ limit = 0 }: StreamRequest): number {
  const rows = Number(limit);
  if (Number.isSafeInteger(rows) && rows >= 0) return rows === 0 ? Number.POSITIVE_INFINITY : rows;
  throw new UsageError('client.limit', `the limit must be a whole number of rows, not ${limit}`);
}

function severalSnapshots(): UsageError {
  return new UsageError('client.snapshot', 'partitions of a snapshot would each be of another moment', {
    nextActions: ['read a snapshot as one stream, or partitions with `consistency` left out'],
  });
}

function splitRest(): UsageError {
  return new UsageError('client.partitions', 'partitions are of the whole table, not of the rest behind a key', {
    nextActions: [
      'read the rest as one stream, or start anew with partitions; a `position()` of partitions goes on with them',
    ],
  });
}
