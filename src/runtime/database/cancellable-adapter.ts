import { InternalError } from '../../errors/index.js';
import type { SqlQuery, SqlReader, SqlReaderFactory, SqlTransaction } from '../internals/driver-adapter.js';
import { cancellerOf, lenderOf, standFor } from '../internals/driver-pools.js';
import { processWide } from '../process-wide.js';
import { cancelledOn, queryUntil } from './cancel-queries.js';
import { querySignal } from './query-signal.js';

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
  return standFor(connection, {
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
