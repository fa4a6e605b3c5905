import { AsyncLocalStorage } from 'node:async_hooks';
import { InternalError } from '../../errors/index.js';
import type { SqlQuery, SqlReader, SqlReaderFactory, SqlTransaction } from '../internals/driver-adapter.js';
import { cancellerOf, lenderOf, withMethods } from '../internals/driver-pools.js';
import { processWide } from '../process-wide.js';

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

const signals = processWide('querySignals', AsyncLocalStorage<AbortSignal>);

/**
 * Asks something of Prisma's client, whose queries are cancelled at the database when the signal is aborted: the client takes no signal,
 * and its driver adapter finds it here.
 *
 * For one `findMany`: queries such as `findUnique` are gathered by the client, and those of others would be cancelled with them.
 */
export function cancelledWith<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return signals.run(signal, work);
}

/** What cancels the query that is asked here and now. */
export function querySignal(): AbortSignal | undefined {
  return signals.getStore();
}

const adapters = processWide('cancellableAdapters', WeakSet<SqlReaderFactory>);

/**
 * Lets the queries that a stream asks through Prisma's client end at the database when the stream ends: a client that leaves must not
 * keep the database at work for nothing. To be called before the adapter connects; the generated services do, for the client that
 * they are given.
 *
 * Where a driver cannot cancel, as SQLite's, the adapter stays as it was.
 *
 * @returns The adapter itself.
 *
 * @example
 * const prisma = new PrismaClient({ adapter: cancellableAdapter(new PrismaPg({ connectionString })) });
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

/** What asks in the midst of a stream may also write, such as a client's extension: that is done, or fails by itself. */
function signalOf({ sql }: SqlQuery): AbortSignal | undefined {
  return /^\s*SELECT\b/i.test(sql) ? querySignal() : undefined;
}

/** A transaction is one stream's, whoever its queries are asked together with. */
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
 * What was cancelled fails as if the database had preferred other work, in Prisma's words: should the client have asked it for another
 * as well, that one asks again.
 */
async function givingWay<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw signal.aborted ? Object.assign(new Error('cancelled with its stream', { cause }), { code: 'P2034' }) : cause;
  }
}
