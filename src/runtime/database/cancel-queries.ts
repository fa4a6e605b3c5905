import { AsyncLocalStorage } from 'node:async_hooks';
import { InternalError } from '../../errors/index.js';
import type { SqlQuery, SqlReader, SqlReaderFactory, SqlTransaction } from '../internals/driver-adapter.js';
import { cancellerOf, lenderOf, withMethods } from '../internals/driver-pools.js';
import { processWide } from '../process-wide.js';

type Result = Awaited<ReturnType<SqlReader['queryRaw']>>;

/**
 * Runs a query. When the signal is aborted, cancels the query at the database and rejects, so that the database does no work for a client
 * that has left. Needs a driver adapter whose connections can be borrowed; with another one the query runs to its end.
 *
 * Cancelling affects no other query: nothing else uses the connection while the query runs, and it is not used again after a cancellation.
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
 * Runs work that the signal cancels. Returns only after `cancel` has finished, so that no cancellation is still under way when the caller
 * gives the connection back. Does not wait for the work itself after that: a driver may never settle a query that it had not sent yet.
 *
 * @param cancel Never rejects.
 * @throws The signal's reason once it is aborted, also when it was aborted before the call: the caller may have waited long for a connection.
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

const signals = processWide('querySignals', AsyncLocalStorage<AbortSignal>);

/**
 * Runs queries of Prisma's client, and cancels them at the database when the signal is aborted. The client takes no signal; its driver
 * adapter finds the signal here.
 *
 * For `findMany` alone: the client batches queries such as `findUnique`, and would cancel those of other callers as well.
 */
export function cancelledWith<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return signals.run(signal, work);
}

/** The signal that cancels the query that runs now. */
export function querySignal(): AbortSignal | undefined {
  return signals.getStore();
}

const adapters = processWide('cancellableAdapters', WeakSet<SqlReaderFactory>);

/**
 * Makes the queries that a stream runs through Prisma's client end at the database when the stream ends. Call it before the adapter connects;
 * the generated services call it for the client that they are given.
 *
 * An adapter whose driver cannot cancel, such as SQLite's, does not change.
 *
 * @returns The adapter itself.
 *
 * @example
 * const prisma = new PrismaClient({ adapter: cancellableAdapter(new PrismaPg({ connectionString })) });
 *
 *
 */
export function cancellableAdapter<A extends SqlReaderFactory>(adapter: A): A {
  if (adapters.has(adapter)) return adapter;
  adapters.add(adapter);
  const connect = adapter.connect.bind(adapter);
  return Object.assign(adapter, { connect: async () => cancellable(await connect()) });
}

function cancellable(connection: SqlReader): SqlReader {
  if (!lenderOf(connection)) return connection;
  return withMethods(connection, {
    queryRaw(query) {
      const signal = signalOf(query);
      return signal ? givingWay(signal, queryUntil(signal, connection, query)) : connection.queryRaw(query);
    },
    startTransaction: (isolationLevel) => startTransaction(connection, isolationLevel),
  });
}

/** Code that runs within a stream, such as an extension of the client, may also write: writes are not cancelled. */
function signalOf({ sql }: SqlQuery): AbortSignal | undefined {
  return /^\s*SELECT\b/i.test(sql) ? querySignal() : undefined;
}

/** A transaction belongs to one stream, and so do its queries. */
async function startTransaction(connection: SqlReader, isolationLevel: string | undefined): Promise<SqlTransaction> {
  const signal = querySignal();
  const transaction = await connection.startTransaction?.(isolationLevel);
  if (!transaction) throw new InternalError('the driver adapter has no transactions');
  const cancel = signal && cancellerOf(connection, transaction);
  if (!cancel) return transaction;
  const queryRaw: SqlTransaction['queryRaw'] = (query) =>
    givingWay(
      signal,
      cancelledOn(signal, cancel, () => transaction.queryRaw(query)),
    );
  return Object.create(transaction, { queryRaw: { value: queryRaw } });
}

/**
 * A cancelled query fails with Prisma's code for a write conflict, so that another caller for whom the client ran the same query tries again.
 */
async function givingWay<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw signal.aborted ? Object.assign(new Error('cancelled with its stream', { cause }), { code: 'P2034' }) : cause;
  }
}
