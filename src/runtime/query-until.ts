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
  let cancelled: Promise<void> | undefined;
  const cancel = () => {
    cancelled = connection.cancel();
  };
  let failed = true;
  try {
    // It may have waited for the connection for long.
    signal.throwIfAborted();
    signal.addEventListener('abort', cancel, { once: true });
    const result = await connection.reader.queryRaw(query);
    failed = false;
    return result;
  } finally {
    signal.removeEventListener('abort', cancel);
    await cancelled;
    connection.release(failed || cancelled !== undefined);
  }
}
