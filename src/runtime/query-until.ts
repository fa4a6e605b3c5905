import { lenderOf } from './driver-connection.js';
import type { SqlQuery, SqlReader } from './sql-reader.js';

type Result = Awaited<ReturnType<SqlReader['queryRaw']>>;

/**
 * Asks a query that is cancelled at the database when the signal is aborted, where the driver adapter lets us at its connections: a
 * client that leaves must not keep the database at work for nothing. Rejects then, as soon as the database has ended it.
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
 * Does work that the signal cancels. It is over when both are: a connection that is given back then has no cancelling under way to it,
 * and one that idles when it comes takes no notice.
 *
 * @throws The signal's reason, when it was aborted before: the work may have waited for its connection for long.
 */
export async function cancelledOn<T>(
  signal: AbortSignal,
  cancel: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let cancelled: Promise<void> | undefined;
  const onAbort = () => {
    cancelled = cancel();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await cancelled;
  }
}
