import type { SqlQuery, SqlReader } from '../internals/driver-adapter.js';
import { lenderOf } from '../internals/driver-pools.js';

type Result = Awaited<ReturnType<SqlReader['queryRaw']>>;

/**
 * Asks a query that is cancelled at the database when the signal is aborted, where the driver adapter lets us at its connections: a
 * client that leaves must not keep the database at work for nothing. Rejects then, as soon as the database was told.
 *
 * The cancelling can hit no other query: the connection is this one's alone for as long as it takes, and is never used again.
 */
export async function queryUntil(signal: AbortSignal, reader: SqlReader, query: SqlQuery): Promise<Result> {
  const lend = lenderOf(reader);
  if (!lend) return reader.queryRaw(query);
  const connection = await lend();
  let failed = true;
  try {
    const result = await cancelledOn(
      signal,
      () => connection.cancel(),
      () => connection.reader.queryRaw(query),
    );
    failed = false;
    return result;
  } finally {
    connection.release(failed || signal.aborted);
  }
}

/**
 * Does work that the signal cancels. It is not over before the cancelling was said: a connection that is given back then has none under
 * way to it. The work itself is not waited for any longer; a driver may forget a query that it had not sent yet.
 *
 * @param cancel Never rejects.
 * @throws The signal's reason once it was aborted, even before: the work may have waited for its connection for long.
 */
export async function cancelledOn<T>(
  signal: AbortSignal,
  cancel: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  let cancelled: Promise<void> | undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => {
      cancelled = cancel().then(() => reject(signal.reason));
    };
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), stopped]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await cancelled;
  }
}
