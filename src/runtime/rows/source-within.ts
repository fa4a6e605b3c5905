import type { ChunkRequest, ChunkSource } from './chunk-source.js';

/** Something that was opened to read through, and is closed afterwards. */
export interface Session<Client> {
  readonly client: Client;
  close(): Promise<void>;
}

/** A source that opens a session when it is first read, reads through it, and closes it however the stream ends. */
export function sourceWithin<Client, T>(
  open: (signal: AbortSignal) => Promise<Session<Client>>,
  source: (client: Client) => ChunkSource<T>,
): ChunkSource<T> {
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
