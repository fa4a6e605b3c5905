import { type CallOptions, type Client, Metadata } from '@grpc/grpc-js';
import { type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';

/** Options of one call. */
export interface StreamCallOptions {
  /** Cancels the stream. */
  readonly signal?: AbortSignal;
  /** An absolute time, after which the stream ends with DEADLINE_EXCEEDED. */
  readonly deadline?: Date;
  readonly metadata?: Metadata;
}

interface Codec<T> {
  fromPartial(object: Partial<T>): T;
  decode(input: Uint8Array): T;
}

type MessageOf<C> = C extends { decode(input: never): infer T } ? T : never;

/** The streaming methods of a service, each an async iterable of its messages. */
export type StreamClient<D extends GenericServiceDefinition> = {
  readonly [M in keyof D['methods']]: (
    request?: Partial<MessageOf<D['methods'][M]['requestType']>>,
    options?: StreamCallOptions,
  ) => AsyncIterable<MessageOf<D['methods'][M]['responseType']>>;
};

/**
 * A typed client of a generated service. Leaving the loop cancels the stream; a slow loop slows the server.
 *
 * @example
 * const channel = openChannel('localhost:50051');
 * const books = createClient(BookStreamServiceDefinition, channel);
 * for await (const book of books.streamBooks({ limit: 10n })) console.log(book.title);
 * channel.close();
 */
export function createClient<D extends GenericServiceDefinition>(definition: D, channel: Client): StreamClient<D> {
  const grpc = serviceDefinition(definition);
  const methods = Object.entries(definition.methods).map(([name, { requestType }]) => {
    const { path, requestSerialize, responseDeserialize } = grpc[name] as NonNullable<(typeof grpc)[string]>;
    const codec = requestType as unknown as Codec<unknown>;
    const open = (request: object = {}, options: StreamCallOptions = {}) =>
      openStream(options, (metadata, callOptions) =>
        channel.makeServerStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          codec.fromPartial(request),
          metadata,
          callOptions,
        ),
      );
    return [name, open];
  });
  return Object.fromEntries(methods) as StreamClient<D>;
}

type OpenCall = (metadata: Metadata, options: CallOptions) => AsyncIterable<unknown> & { cancel(): void };

async function* openStream(
  { signal, deadline, metadata = new Metadata() }: StreamCallOptions,
  open: OpenCall,
): AsyncGenerator<unknown> {
  signal?.throwIfAborted();
  const call = open(metadata, deadline ? { deadline } : {});
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    yield* call;
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}
