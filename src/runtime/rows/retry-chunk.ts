import { backoffMs, sleep } from '../../waits/index.js';
import { databaseFailureOf } from '../database/database-failure.js';
import type { ChunkRequest } from './chunk-source.js';

/** The attempts for a chunk: with the pauses between them, a database has some three seconds to come back. */
const ATTEMPTS = 6;

/** Random, so that streams that broke together do not come back together. */
const BACKOFF = { firstMs: 100, jitter: true };

/**
 * Reads a chunk, and reads it again when its connection broke: a query returns all of its rows or none, and the next one starts after the
 * last row that was sent, so that no row is lost or comes twice.
 *
 * Not within a transaction, which ends with its connection, and not for a query that the database refuses.
 */
export async function readAgain<T>(
  read: () => Promise<T>,
  { signal, retry = true, onRetry }: ChunkRequest,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!retry || attempt === ATTEMPTS || signal.aborted || !isPassing(error)) throw error;
      onRetry?.(error);
      // The signal's reason says only that the stream was stopped; the query's error says more.
      await sleep(backoffMs(attempt, BACKOFF), { signal }).catch(() => {
        throw error;
      });
    }
  }
}

function isPassing(error: unknown): boolean {
  const failure = databaseFailureOf(error);
  return failure === 'lost' || failure === 'conflict';
}
