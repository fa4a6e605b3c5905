import type { Client } from '@grpc/grpc-js';
import { type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';
import { type CalledMethod, callOnce, openStream, type StreamCallOptions } from './calls.js';

interface Codec<T> {
  fromPartial(object: Partial<T>): T;
}

/** What a codec of ts-proto decodes to. */
export type MessageOf<C> = C extends { decode(input: never): infer T } ? T : never;

/** The methods of a service: each that streams is an async iterable of its messages, any other a promise of one. */
export type StreamClient<D extends GenericServiceDefinition> = {
  readonly [M in keyof D['methods']]: (
    request?: Partial<MessageOf<D['methods'][M]['requestType']>>,
    options?: StreamCallOptions,
  ) => D['methods'][M]['responseStream'] extends true
    ? AsyncIterable<MessageOf<D['methods'][M]['responseType']>>
    : Promise<MessageOf<D['methods'][M]['responseType']>>;
};

/**
 * A typed client of a generated service, one call a call: a stream that breaks throws, and `modelClient` is what resumes. Leaving the
 * loop cancels the stream; a slow loop slows the server.
 *
 * @throws ServiceError of grpc-js, with the server's status as its `code`.
 *
 * @example
 * const channel = openChannel('localhost:50051');
 * const books = createClient(BookStreamServiceDefinition, channel);
 * for await (const book of books.streamBooks({ limit: 10n })) console.log(book.title);
 * channel.close();
 */
export function createClient<D extends GenericServiceDefinition>(definition: D, channel: Client): StreamClient<D> {
  const grpc = serviceDefinition(definition);
  const methods = Object.entries(definition.methods).map(([name, { requestType, responseStream }]) => {
    const method = grpc[name] as CalledMethod;
    const codec = requestType as unknown as Codec<unknown>;
    const call = responseStream ? openStream : callOnce;
    return [
      name,
      (request: object = {}, options: StreamCallOptions = {}) =>
        call(channel, method, codec.fromPartial(request), options),
    ];
  });
  return Object.fromEntries(methods) as StreamClient<D>;
}
