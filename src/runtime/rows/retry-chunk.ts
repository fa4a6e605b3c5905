import { backoffMs, sleep } from '../../waits/index.js';
import { databaseFailureOf } from '../database/database-failure.js';
import type { ChunkRequest } from './chunk-source.js';

/** Times that a chunk is asked for in all: with the pauses between, a database has some three seconds to come back. */
const ATTEMPTS = 6;

/** Random, so that streams that broke at the same moment do not come back at the same moment. */
const BACKOFF = { firstMs: 100, jitter: true };

/**
 * Reads a chunk, and reads it again when the connection broke beneath it: a query brings all of its rows or none, and the one that
 * comes next starts behind the last row that was handed on, so that nothing is lost and nothing comes twice.
 *
 * Not within a transaction, which broke with its connection; and not for what a database refuses, which it would again.
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
      // The stream is told that it was stopped by its signal; what kept the query from an answer is the better reason here.
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
