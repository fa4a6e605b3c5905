import { type CallOptions, type Client, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';
import { onAbort } from '../waits/index.js';

/** Options of one call. */
export interface StreamCallOptions {
  /** Cancels the stream. */
  readonly signal?: AbortSignal | undefined;
  /** An absolute time, after which the stream ends with DEADLINE_EXCEEDED. */
  readonly deadline?: Date | undefined;
  readonly metadata?: Metadata | undefined;
}

/** A method as a channel calls it. */
export type CalledMethod = Pick<
  MethodDefinition<unknown, unknown>,
  'path' | 'requestSerialize' | 'responseDeserialize'
>;

/** Streams a method's messages. It opens the call when it is begun to be read, and cancels it when reading ends before the stream does. */
export async function* openStream(
  channel: Client,
  { path, requestSerialize, responseDeserialize }: CalledMethod,
  request: unknown,
  { signal, deadline, metadata = new Metadata() }: StreamCallOptions,
): AsyncGenerator<unknown, void, undefined> {
  signal?.throwIfAborted();
  const call = channel.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    callOptions(deadline),
  );
  // Whoever iterates is told of the error; a cancelled call has nobody left to tell.
  call.on('error', () => {});
  const removeListener = onAbort(signal, () => call.cancel());
  try {
    yield* call;
  } finally {
    removeListener();
    call.cancel();
  }
}

/** Calls a method that gives one message. */
export async function callOnce(
  channel: Client,
  { path, requestSerialize, responseDeserialize }: CalledMethod,
  request: unknown,
  { signal, deadline, metadata = new Metadata() }: StreamCallOptions,
): Promise<unknown> {
  signal?.throwIfAborted();
  let removeListener = () => {};
  try {
    return await new Promise((resolve, reject) => {
      const call = channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        callOptions(deadline),
        (error, response) => (error ? reject(error) : resolve(response)),
      );
      removeListener = onAbort(signal, () => call.cancel());
    });
  } finally {
    removeListener();
  }
}

function callOptions(deadline: Date | undefined): CallOptions {
  return deadline ? { deadline } : {};
}

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
