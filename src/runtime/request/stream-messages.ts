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

/** The codecs of those messages. Their TypeScript types are ts-proto's: each is declared where it is taken. */
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
