import { wireNumbers } from '../../model/index.js';
import {
  type AnyCodec,
  bool,
  enumeration,
  int32,
  int64,
  type Member,
  type MemberType,
  type MessageFns,
  many,
  mask,
  messageCodec,
  one,
} from './message-codec.js';

/** A request for rows, a message each. */
export interface RowsRequest<Filter, Order, Key, Consistency> {
  /** Which rows to send; null sends all rows. */
  filter: Filter | null;
  /** Which fields to send, such as `title`; null sends all fields. The columns of the order are always sent. */
  readMask: string[] | null;
  /** Unspecified is the key, ascending. */
  order: Order;
  /** Most rows to send; 0 sends all rows. */
  limit: bigint;
  /** Starts after this position in the order. The position of the last row received resumes a broken stream. */
  after: Key | null;
  /** Sends only the rows of this part of the table. Requires the order of the key, ascending. */
  partition: KeyRange<Key> | null;
  /** Whether each chunk is read as the table is at that moment, or every row as it was when the stream began. */
  consistency: Consistency;
  /** Rows per database round trip; 0 leaves it to the server. */
  chunkSize: number;
  /** Rows between two checks for cancellation; 0 leaves it to the server. */
  checkInterval: number;
  /** Sends only settled rows: no transaction that is still open can insert a row before them. A client that polls for new rows misses none. */
  settled: boolean;
}

/** A request for rows, many in a message. */
export interface BatchesRequest<Filter, Order, Key, Consistency> extends RowsRequest<Filter, Order, Key, Consistency> {
  /** Most rows in one message; 0 leaves it to the server. */
  batchSize: number;
}

/** A part of a table. An end that is null is open. */
export interface KeyRange<Key> {
  /** The last key of the previous part; that row is not in this part. */
  after: Key | null;
  /** The last key of this part. */
  upTo: Key | null;
}

/** A request to split a table into parts. */
export interface PartitionsRequest<Filter> {
  /** Number of parts. Fewer are returned when there are fewer rows, or when the server allows fewer. */
  count: number;
  /** Splits these rows into parts of similar size; null splits all rows. */
  filter: Filter | null;
}

/** What differs between the messages of one model's service and those of another's. Generated code says it. */
export interface StreamMessagesOptions {
  /** The codecs of a row and of its position, as ts-proto generated them. */
  readonly row: AnyCodec;
  readonly key: AnyCodec;
  /** The enum of the orders, and the numbers of its values in their order there. */
  readonly order: Readonly<Record<string, string>>;
  readonly orderNumbers: readonly number[];
  /** The property of a batch that has the rows, such as `books`. */
  readonly batch: string;
  /** The columns that can be filtered by: property, number and conditions. A list, since TypeScript takes `toString` in an object for its own. */
  readonly filter: readonly (readonly [name: string, number: number, conditions: AnyCodec])[];
}

/** The codecs of those messages. Generated code declares the type of each where it takes it. */
export interface StreamMessages {
  filter<T>(): MessageFns<T>;
  partition<T>(): MessageFns<T>;
  rowsRequest<T>(): MessageFns<T>;
  batchesRequest<T>(): MessageFns<T>;
  batch<T>(): MessageFns<T>;
  partitionsRequest<T>(): MessageFns<T>;
  partitions<T>(): MessageFns<T>;
}

/** The combinations of a filter have the greatest numbers of protobuf, which no column has. */
const COMBINATIONS = { and: 536_870_909, or: 536_870_910, not: 536_870_911 } as const;

/** The names of the enum Consistency. */
const CONSISTENCY = new Map(
  Object.entries(wireNumbers.consistency).map(([name, number]) => [`CONSISTENCY_${name.toUpperCase()}`, number]),
);

/**
 * The codecs of the messages that every model's service has: they differ in the row, its key and the columns of its filter alone. So
 * they are written once, here, instead of once a model by ts-proto.
 */
export function streamMessages(options: StreamMessagesOptions): StreamMessages {
  const { row, key, order, orderNumbers, batch, filter: columns } = options;
  const filter: AnyCodec = messageCodec([
    ...columns.map(([name, number, conditions]) => ({ name, number, type: one(() => conditions) })),
    { name: 'and', number: COMBINATIONS.and, type: many(() => filter) },
    { name: 'or', number: COMBINATIONS.or, type: many(() => filter) },
    { name: 'not', number: COMBINATIONS.not, type: one(() => filter) },
  ]);
  const partition: AnyCodec = messageCodec(
    membersOf(wireNumbers.partition, { after: one(() => key), upTo: one(() => key) }),
  );
  const names = Object.values(order).map((name, index): [string, number] => [name, orderNumbers[index] ?? 0]);
  const { batchSize: _, ...forRows } = wireNumbers.streamRequest;
  const types = {
    filter: one(() => filter),
    readMask: mask,
    order: enumeration(new Map(names)),
    limit: int64,
    after: one(() => key),
    partition: one(() => partition),
    consistency: enumeration(CONSISTENCY),
    chunkSize: int32,
    checkInterval: int32,
    batchSize: int32,
    settled: bool,
  };
  const partitionsRequest = membersOf(wireNumbers.partitionRequest, { count: int32, filter: types.filter });
  const partitions = membersOf(wireNumbers.partitionResponse, { partitions: many(() => partition) });
  return {
    filter: <T>() => filter as MessageFns<T>,
    partition: <T>() => partition as MessageFns<T>,
    rowsRequest: () => messageCodec(membersOf(forRows, types)),
    batchesRequest: () => messageCodec(membersOf(wireNumbers.streamRequest, types)),
    batch: () => messageCodec([{ name: batch, number: wireNumbers.batch.rows, type: many(() => row) }]),
    partitionsRequest: () => messageCodec(partitionsRequest),
    partitions: () => messageCodec(partitions),
  };
}

/** In the order of their numbers, as ts-proto writes them. */
function membersOf<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  types: Readonly<Record<NoInfer<Name>, MemberType>>,
): Member[] {
  const names = Object.keys(numbers) as Name[];
  return names.map((name) => ({ name, number: numbers[name], type: types[name] })).sort((a, b) => a.number - b.number);
}
