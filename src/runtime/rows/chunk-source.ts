/** A row from the database: its values by Prisma's names of the fields. */
export type Row = Readonly<Record<string, unknown>>;

/** What a source needs to know of the stream that reads it. */
export interface ChunkRequest {
  /** The most rows in the next chunk. Read it before each query: it changes with the size of the rows so far. */
  readonly chunkSize: number;
  /** Once aborted, no further query may start. */
  readonly signal: AbortSignal;
  /** Whether a query may run again after its connection broke. Default true; false within a transaction, which ends with its connection. */
  readonly retry?: boolean;
  /** Called for every failure after which the query runs again. */
  readonly onRetry?: (error: unknown) => void;
}

/** A source of chunks of any kind: a chunk holds the rows of one database round trip. Each call reads from the start. */
export type Source<C> = (request: ChunkRequest) => AsyncIterable<C>;

/**
 * A source of rows, chunk by chunk: a chunk holds the rows of one database round trip. Each call reads from the start.
 *
 * @example
 * const source: ChunkSource<{ id: number }> = async function* (request) {
 *   for (let page = 0; page < 10 && !request.signal.aborted; page++) yield await readSomehow(page, request.chunkSize);
 * };
 *
 */
export type ChunkSource<T = Row> = Source<readonly T[]>;

/**
 * A source over an iterable of rows.
 *
 * @example
 * const books = iterableSource(readCsv('books.csv'));
 * streamQuery({ query: books, toMessage: (book) => book });
 *
 */
export function iterableSource<T>(rows: AsyncIterable<T> | Iterable<T>): ChunkSource<T> {
  return async function* (request) {
    let chunk: T[] = [];
    for await (const row of rows) {
      if (request.signal.aborted) return;
      chunk.push(row);
      if (chunk.length < request.chunkSize) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  };
}

/** Converts the chunks of a source. */
export function chunksOf<From, To>(source: Source<From>, make: (chunk: From) => To): Source<To> {
  return async function* (request) {
    for await (const chunk of source(request)) yield make(chunk);
  };
}

/** Something that is opened for reading and closed afterwards, such as a transaction. */
export interface Session<Client> {
  readonly client: Client;
  close(): Promise<void>;
}

/** A source that opens a session when it is first read, reads through it, and closes it however the stream ends. */
export function sourceWithin<Client, C>(
  open: (signal: AbortSignal) => Promise<Session<Client>>,
  source: (client: Client) => Source<C>,
): Source<C> {
  return async function* (request) {
    const session = await open(request.signal);
    try {
      yield* source(session.client)(withoutRetry(request));
    } finally {
      await session.close();
    }
  };
}

/** A getter, since the chunk size may change from one query to the next. */
function withoutRetry(request: ChunkRequest): ChunkRequest {
  return Object.create(request, { retry: { value: false } });
}
