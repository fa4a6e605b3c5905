import type { ChunkSource } from './chunk-source.js';

/** Something that was opened to read through, and is closed afterwards. */
export interface Session<Client> {
  readonly client: Client;
  close(): Promise<void>;
}

/** A source that opens a session when it is first read, reads through it, and closes it however the stream ends. */
export function sourceWithin<Client, T>(
  open: () => Promise<Session<Client>>,
  source: (client: Client) => ChunkSource<T>,
): ChunkSource<T> {
  return async function* (request) {
    const session = await open();
    try {
      yield* source(session.client)(request);
    } finally {
      await session.close();
    }
  };
}
