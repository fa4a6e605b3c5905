import type { Client } from '@grpc/grpc-js';
import { type DeepPartial, type GenericServiceDefinition, serviceDefinition } from '../runtime/index.js';
import { type CalledMethod, callOnce, openStream, type ServiceFacts, type StreamCallOptions } from './calls.js';
import type { Connection } from './channel.js';
import { modelStream, type RowStream, type StreamOptions } from './model-stream.js';

interface Codec<T> {
  fromPartial(object: DeepPartial<T>): T;
}

/** What a codec of ts-proto decodes to. */
type MessageOf<C> = C extends { decode(input: never): infer T } ? T : never;

/** The methods of a service: a streaming method returns an async iterable of messages, any other method a promise of one. */
export type StreamClient<D extends GenericServiceDefinition> = {
  readonly [M in keyof D['methods']]: (
    request?: DeepPartial<MessageOf<D['methods'][M]['requestType']>>,
    options?: StreamCallOptions,
  ) => D['methods'][M]['responseStream'] extends true
    ? AsyncIterable<MessageOf<D['methods'][M]['responseType']>>
    : Promise<MessageOf<D['methods'][M]['responseType']>>;
};

/**
 * Makes a typed client of a generated service. Each method makes exactly one call: a stream that breaks throws, while `modelClient` resumes
 * it. Leaving the loop cancels the stream; a slow loop slows the server.
 *
 * @throws ServiceError of grpc-js, with the server's status as its `code`.
 *
 * @example
 * const channel = openChannel('localhost:50051');
 * const books = createClient(BookStreamServiceDefinition, channel);
 * for await (const book of books.streamBooks({ limit: 10n })) console.log(book.title);
 * channel.close();
 *
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

/** The facts of a model's service that the generator writes for its client. */
export interface ModelClientFacts<
  D extends GenericServiceDefinition,
  Rows extends keyof D['methods'],
  Field extends string = string,
> extends ServiceFacts {
  readonly definition: D;
  readonly rows: Rows & string;
  /** The names of the fields in the proto, which a read mask has. */
  readonly fields?: readonly Field[];
}

/** What the fields of a request mean, which generated types do not repeat for each model. */
interface RequestFields {
  /** Which rows to send: everything that is set must hold. Default: all. */
  readonly filter?: unknown;
  /** An order that an index serves. Default: the key, ascending. */
  readonly order?: unknown;
  /** Starts after this position in the order. The position of the last row received resumes a broken stream. */
  readonly after?: unknown;
  /** Whether each chunk is read as the table is at that moment, or every row as it was when the stream began. Default: the server's choice. */
  readonly consistency?: unknown;
  /** Rows per database round trip. Default: the server's choice. */
  readonly chunkSize?: unknown;
  /** Rows between two checks for cancellation. Default: the server's choice. */
  readonly checkInterval?: unknown;
  /** Sends only settled rows: no transaction that is still open can insert a row before them. A client that polls for new rows misses none. */
  readonly settled?: unknown;
}

/** The request of a stream: the fields of its message, all of them optional. */
export type StreamRequestOf<Request, Field extends string = string> = RequestFields &
  Omit<DeepPartial<Request>, 'limit' | 'partition' | 'readMask'> & {
    /** Which fields to send, by their names in the proto, such as `published_at`; the columns of the order are always sent. Default: all. */
    readonly readMask?: readonly Field[] | undefined;
    /** The most rows in total, including those after breaks. Default: all. */
    readonly limit?: number | bigint;
  };

/** A model's client: the methods of its service, and `stream`, which resumes. */
export type ModelClient<
  D extends GenericServiceDefinition,
  Rows extends keyof D['methods'],
  Field extends string = string,
> = StreamClient<D> & {
  /**
   * Streams rows, exactly those of an unbroken stream: none lost, none twice, however often the connection breaks or the server restarts. The
   * loop opens the stream; leaving the loop cancels it; a slow loop slows the server.
   *
   * A stream with `consistency: SNAPSHOT` is opened again only before its first row: the rest would come from another snapshot.
   *
   * @throws ServiceError of grpc-js when the server refuses the request, or when `retry.maxAttempts` in a row brought no row; the signal's
   * reason when it is aborted; UsageError for a `position` of another model.
   *
   * @example
   * const books = clients.book.stream({ limit: 1_000_000 }, { position: restored });
   * for await (const book of books) {
   *   await save(book, books.position());
   * }
   *
   */
  stream(
    request?: StreamRequestOf<MessageOf<D['methods'][Rows]['requestType']>, Field>,
    options?: StreamOptions,
  ): RowStream<MessageOf<D['methods'][Rows]['responseType']>>;
};

/** The client of a model. Generated code calls it. */
export function modelClient<
  D extends GenericServiceDefinition,
  Rows extends keyof D['methods'],
  const Field extends string = string,
>(facts: ModelClientFacts<D, Rows, Field>, connection: Connection): ModelClient<D, Rows, Field> {
  const stream = (request: object = {}, options: StreamOptions = {}) =>
    modelStream(facts, connection, request, options);
  const client = Object.assign(createClient(facts.definition, connection.channel), { stream });
  return client as unknown as ModelClient<D, Rows, Field>;
}
