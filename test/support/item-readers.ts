import { type Client, type ClientReadableStream, Metadata, type ServiceError, status as Status } from '@grpc/grpc-js';
import { serviceDefinition } from '../../src/runtime/index.js';
import type { StreamRequest } from '../../src/runtime/request/parse-request.js';
import { fakeCall } from '../../src/testing/index.js';
import type { ItemService, ServerCall } from './item-service.js';
import { Item, ItemServiceDefinition } from './items.js';

export interface ReadOptions {
  readonly request?: StreamRequest;
  readonly deadline?: Date;
  readonly metadata?: Metadata;
  /** Stops reading after so many rows. */
  readonly stopAfter?: number;
}

export interface EndSeen {
  readonly name: string;
  readonly details: string;
}

/** A client of the item stream, over whatever road. */
export interface ItemReader {
  readonly rows: readonly Item[];
  readonly ended: Promise<EndSeen>;
  cancel(): void;
  /** Reads on. */
  resume(): void;
}

/** Reads over a real connection, with nothing but grpc-js. */
export function readOverLoopback(client: Client, options: ReadOptions = {}): ItemReader & { stream: ItemStream } {
  const rows: Item[] = [];
  const stream = openItems(client, options);
  const ended = endOf(stream);
  stream.on('data', (item: Item) => {
    rows.push(item);
    if (rows.length === options.stopAfter) stream.pause();
  });
  return { rows, ended, stream, cancel: () => stream.cancel(), resume: () => stream.resume() };
}

export type ItemStream = ClientReadableStream<Item>;

/** Opens the stream of items, without reading it. */
export function openItems(
  client: Client,
  { request = {}, deadline, metadata = new Metadata() }: ReadOptions = {},
): ItemStream {
  const method = serviceDefinition(ItemServiceDefinition).streamItems;
  if (!method) throw new Error('no method');
  return client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadata,
    deadline ? { deadline } : {},
  );
}

export function endOf(stream: ItemStream): Promise<EndSeen> {
  return new Promise((resolve) => {
    stream.on('error', ({ code, details }: ServiceError) => resolve({ name: Status[code], details }));
    stream.on('end', () => resolve({ name: 'OK', details: '' }));
  });
}

/** Reads through a fake call, with nothing but the handler. */
export function readThroughFakeCall({ service }: ItemService, options: ReadOptions = {}): ItemReader {
  const call = fakeCall<StreamRequest, Item>({
    request: options.request ?? {},
    decode: Item.decode,
    path: 'test.v1.ItemStreamService/StreamItems',
    ...(options.deadline ? { deadline: options.deadline } : {}),
    ...(options.stopAfter === undefined ? {} : { holdAfter: { messages: options.stopAfter } }),
  });
  const handler = service.implementation.streamItems as unknown as (call: ServerCall) => void;
  handler(call as unknown as ServerCall);
  return {
    rows: call.messages,
    ended: call.ended,
    cancel: () => call.cancel(),
    resume: () => call.release(),
  };
}
