import type { GenericServiceDefinition } from '../runtime/index.js';
import type { ServiceFacts } from './call-service.js';
import { createClient, type MessageOf, type StreamClient } from './calls.js';
import type { Connection } from './channel.js';
import { modelStream, type StreamOptions } from './model-stream.js';
import type { RowStream } from './row-stream.js';

/** What the generator knows of a model's service, for its client. */
export interface ModelClientFacts<D extends GenericServiceDefinition, Rows extends keyof D['methods']>
  extends ServiceFacts {
  readonly definition: D;
  readonly rows: Rows & string;
}

/** What may be asked of a stream: the request's own fields, all of them optional. */
export type StreamRequestOf<Request> = Omit<Partial<Request>, 'limit' | 'partition'> & {
  /** Most rows in all, over every break. Default: all. */
  readonly limit?: number | bigint;
};

/** A model's client: every method of its service as it is, and `stream`, which resumes. */
export type ModelClient<D extends GenericServiceDefinition, Rows extends keyof D['methods']> = StreamClient<D> & {
  /**
   * Streams rows, exactly those of an unbroken stream: none lost, none twice, however often the connection breaks or the server restarts
   * on the way. Nothing is opened before the loop begins; leaving the loop cancels the stream; a slow loop slows the server.
   *
   * A stream with `consistency: SNAPSHOT` is opened again only before its first row: the rest would be of another moment.
   *
   * @throws ServiceError of grpc-js when the server refuses the request, or when `retry.maxAttempts` in a row brought no row; the signal's
   * reason when it is aborted; UsageError for a `position` that is none of this model's.
   *
   * @example
   * const books = clients.book.stream({ limit: 1_000_000 }, { position: restored });
   * for await (const book of books) {
   *   await save(book, books.position());
   * }
   */
  stream(
    request?: StreamRequestOf<MessageOf<D['methods'][Rows]['requestType']>>,
    options?: StreamOptions,
  ): RowStream<MessageOf<D['methods'][Rows]['responseType']>>;
};

/** The client of a model. Generated code calls it. */
export function modelClient<D extends GenericServiceDefinition, Rows extends keyof D['methods']>(
  facts: ModelClientFacts<D, Rows>,
  connection: Connection,
): ModelClient<D, Rows> {
  const stream = (request: object = {}, options: StreamOptions = {}) =>
    modelStream(facts, connection, request, options);
  const client = Object.assign(createClient(facts.definition, connection.channel), { stream });
  return client as unknown as ModelClient<D, Rows>;
}
