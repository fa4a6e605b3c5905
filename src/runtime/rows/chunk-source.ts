/** A row as it comes from the database: its columns by Prisma's names. */
export type Row = Readonly<Record<string, unknown>>;

/** What a source needs to know of the stream that reads it. */
export interface ChunkRequest {
  /** Most rows in the next chunk. Read it anew before each query: it follows from what the rows so far weighed. */
  readonly chunkSize: number;
  /** Once aborted, no further query may start. */
  readonly signal: AbortSignal;
  /** Whether a query may be asked again after its connection broke. Default true; never within a transaction, which broke with it. */
  readonly retry?: boolean;
  /** Told of every failure that is not the end, since the query is asked again. */
  readonly onRetry?: (error: unknown) => void;
}

/** Where chunks come from, of whatever kind: a chunk is what one database round trip brought. Each call reads from the start. */
export type Source<C> = (request: ChunkRequest) => AsyncIterable<C>;

/**
 * Where rows come from, chunk by chunk: a chunk is what one database round trip brought. Each call reads from the start.
 *
 * @example
 * const source: ChunkSource<{ id: number }> = async function* (request) {
 *   for (let page = 0; page < 10 && !request.signal.aborted; page++) yield await readSomehow(page, request.chunkSize);
 * };
 */
export type ChunkSource<T = Row> = Source<readonly T[]>;

/**
 * A source over anything that yields row after row.
 *
 * @example
 * const books = iterableSource(readCsv('books.csv'));
 * streamQuery({ query: books, toMessage: (book) => book });
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

/**
 * The rows of a source as a hook changes them, without those that it hides. A chunk of which nothing is left is a chunk still: it
 * shows that the database answers.
 *
 * @param kept Fields that keep their values whatever the hook returns: a stream goes on behind them.
 */
export function mapSource(source: ChunkSource, mapRow: (row: Row) => Row | null, kept: readonly string[]): ChunkSource {
  return async function* (request) {
    for await (const chunk of source(request)) yield chunk.flatMap((row) => keeping(row, mapRow(row), kept));
  };
}

function keeping(row: Row, changed: Row | null, kept: readonly string[]): Row[] {
  if (changed === null) return [];
  return [{ ...changed, ...Object.fromEntries(kept.map((field) => [field, row[field]])) }];
}

/** What a source brings, made into something else chunk by chunk. */
export function chunksOf<From, To>(source: Source<From>, make: (chunk: From) => To): Source<To> {
  return async function* (request) {
    for await (const chunk of source(request)) yield make(chunk);
  };
}

/** Something that was opened to read through, and is closed afterwards. */
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

/** The chunk size may change from one query to the next: it is asked for, not copied. */
function withoutRetry(request: ChunkRequest): ChunkRequest {
  return Object.create(request, { retry: { value: false } });
}
