import type { Client } from '@grpc/grpc-js';
import type { GenericServiceDefinition } from '../runtime/index.js';
import { createClient, type MessageOf, type StreamClient } from './create-client.js';
import type { KeyTypes } from './key-json.js';
import { modelStream, type StreamOptions } from './model-stream.js';
import type { RowStream } from './row-stream.js';

/** What the generator knows of a model's service, for its client. */
export interface ModelClientFacts<D extends GenericServiceDefinition, Rows extends keyof D['methods']> {
  readonly definition: D;
  /** The method that streams a row a message. */
  readonly rows: Rows;
  /** The method that streams many rows a message. */
  readonly batches: keyof D['methods'] & string;
  /** The field that holds the rows of such a message. */
  readonly batchField: string;
  /** The columns of the key message. */
  readonly key: KeyTypes;
}

/** What may be asked of a stream: the request's own fields, all of them optional. */
export type StreamRequestOf<Request> = Omit<Partial<Request>, 'limit' | 'batchSize' | 'partition'> & {
  /** Most rows in all, over every break. Default: all. */
  readonly limit?: number | bigint;
};

/** A model's client: every method of its service as it is, and `stream`, which resumes. */
export type ModelClient<D extends GenericServiceDefinition, Rows extends keyof D['methods']> = StreamClient<D> & {
  /**
   * Streams rows, exactly those of an unbroken stream: none lost, none twice, however often the connection breaks or the server restarts
   * on the way. Nothing is opened before the loop begins; leaving the loop cancels the stream; a slow loop slows the server.
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
export function modelClient<D extends GenericServiceDefinition, Rows extends keyof D['methods'] & string>(
  facts: ModelClientFacts<D, Rows>,
  channel: Client,
): ModelClient<D, Rows> {
  const stream = (request: object = {}, options: StreamOptions = {}) => modelStream(facts, channel, request, options);
  return Object.assign(createClient(facts.definition, channel), { stream }) as unknown as ModelClient<D, Rows>;
}
