import { InternalError, StreamError } from '../../errors/index.js';
import { abortable, Semaphore, timeLimit } from '../../waits/index.js';
import { cancelledWith } from '../database/cancel-queries.js';
import { sqlDatabaseOver } from '../database/sql-database.js';
import { sqliteSnapshot } from '../database/sqlite-database.js';
import type { SqlDatabase } from '../database/stored-rows.js';
import {
  commitTransaction,
  readerOf,
  type SqlReader,
  type SqlReaderFactory,
  type SqlTransaction,
} from '../internals/driver-adapter.js';
import { driverOf } from '../internals/driver-pools.js';
import { isolationLevelOf } from '../internals/prisma-client.js';
import { type ChunkSource, type Session, sourceWithin } from './chunk-source.js';

/** The part of a Prisma client that runs a transaction. */
export interface TransactingClient<Transaction> {
  $transaction<R>(work: (transaction: Transaction) => Promise<R>, options?: TransactionOptions): Promise<R>;
}

/** Prisma's options of an interactive transaction. */
export interface TransactionOptions {
  readonly isolationLevel?: string;
  readonly maxWait?: number;
  readonly timeout?: number;
}

export interface SnapshotSourceOptions<Transaction, T> extends TransactionSettings<Transaction> {
  /** Makes the source that reads within the transaction. */
  readonly source: (transaction: Transaction) => ChunkSource<T>;
}

interface TransactionSettings<Transaction> {
  readonly prisma: TransactingClient<Transaction>;
  /** Default: the weakest level of the database at which every read sees the same rows. */
  readonly isolationLevel?: string;
  /** The longest wait for a connection, in milliseconds. Default 30,000. */
  readonly maxWaitMs?: number;
}

/** Prisma ends a transaction after five seconds by default; a stream may last much longer. This is the longest timer of JavaScript. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Reads a source within one transaction: every chunk sees the table as it was when the first was read, whatever is written meanwhile. It
 * holds a connection as long as the stream lasts, and the database keeps old versions of rows for it. On a SQLite database that is not in WAL
 * mode, writers wait.
 *
 * The source fails with Prisma's error P2028 when no connection was free for `maxWaitMs`.
 *
 * @example
 * const source = snapshotSource({ prisma, source: (tx) => keysetSource({ delegate: tx.book, key: [{ field: 'id' }] }) });
 *
 */
export function snapshotSource<Transaction, T>(options: SnapshotSourceOptions<Transaction, T>): ChunkSource<T> {
  return sourceWithin((signal) => cancelledWith(signal, () => openTransaction(options)), options.source);
}

/** Opens a transaction that lasts until it is closed; Prisma's lasts as long as a function. */
async function openTransaction<Transaction>({
  prisma,
  isolationLevel = isolationLevelOf(prisma),
  maxWaitMs = 30_000,
}: TransactionSettings<Transaction>): Promise<Session<Transaction>> {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return new Promise((resolve, reject) => {
    const transaction = prisma.$transaction(
      async (client) => {
        const close = async () => {
          end();
          await transaction;
        };
        resolve({ client, close });
        await ended;
      },
      { maxWait: maxWaitMs, timeout: NO_TIMEOUT_MS, isolationLevel },
    );
    // For a transaction that does not begin; `close` rejects with a failure of its end.
    transaction.catch(reject);
  });
}

export interface OpenSqlSnapshotOptions {
  /** Ends the wait for a connection, and cancels queries over it at the database. */
  readonly signal: AbortSignal;
  /** The longest wait for a connection, in milliseconds. */
  readonly maxWaitMs: number;
}

/**
 * Begins a read transaction in which every query sees the same rows.
 *
 * An adapter of SQLite has one connection, which the transaction would block for all others: the transaction gets a new connection. On other
 * databases it takes one from the pool.
 *
 * @throws StreamError RESOURCE_EXHAUSTED when no connection was free in time.
 */
export async function openSqlSnapshot(
  factory: SqlReaderFactory,
  options: OpenSqlSnapshotOptions,
): Promise<Session<SqlDatabase>> {
  if (factory.provider === 'sqlite') return (await inThread(factory, options)) ?? onOwnConnection(factory, options);
  return begin(await readerOf(factory), 'REPEATABLE READ', options);
}

/** A snapshot of SQLite has a thread: so many at a time, whatever clients ask for. */
const snapshotThreads = new Semaphore(8);

async function inThread(
  factory: SqlReaderFactory,
  { signal, maxWaitMs }: OpenSqlSnapshotOptions,
): Promise<Session<SqlDatabase> | undefined> {
  const limit = timeLimit(maxWaitMs, { signal, reason: () => noneFree(maxWaitMs) });
  const release = await snapshotThreads.acquire(limit.signal).finally(() => limit.clear());
  const snapshot = await sqliteSnapshot(factory).catch((error: unknown) => {
    release();
    throw error;
  });
  if (snapshot) return { ...snapshot, close: () => snapshot.close().finally(release) };
  release();
  return undefined;
}

async function onOwnConnection(
  factory: SqlReaderFactory,
  options: OpenSqlSnapshotOptions,
): Promise<Session<SqlDatabase>> {
  const connection = await factory.connect();
  try {
    // SQLite has one level: the first read determines what all reads see.
    const { client, close } = await begin(connection, undefined, options);
    return { client, close: () => close().finally(() => connection.dispose()) };
  } catch (error) {
    await connection.dispose();
    throw error;
  }
}

async function begin(
  connection: SqlReader,
  isolationLevel: string | undefined,
  options: OpenSqlSnapshotOptions,
): Promise<Session<SqlDatabase>> {
  const begun = connection.startTransaction?.(isolationLevel);
  if (!begun) throw new InternalError('the driver adapter has no transactions');
  const transaction = await withinWait(begun, options);
  const driver = driverOf(transaction);
  const client = driver && sqlDatabaseOver(connection, driver, transaction);
  if (client) return { client, close: () => commitTransaction(transaction) };
  await commitTransaction(transaction);
  throw new InternalError('a transaction of the driver adapter is not over a connection of its driver');
}

/** A pool has no way to leave its queue: a connection that comes after the wait has ended is given back. */
async function withinWait(
  begun: Promise<SqlTransaction>,
  { signal, maxWaitMs }: OpenSqlSnapshotOptions,
): Promise<SqlTransaction> {
  const limit = timeLimit(maxWaitMs, { signal, reason: () => noneFree(maxWaitMs) });
  try {
    return await abortable(begun, limit.signal);
  } catch (error) {
    // A later error is ignored: the pool itself discards such a connection.
    if (limit.signal.aborted) begun.then(commitTransaction).catch(() => {});
    throw error;
  } finally {
    limit.clear();
  }
}

function noneFree(maxWaitMs: number): StreamError {
  return new StreamError('stream.database_busy', `no connection to the database was free for ${maxWaitMs / 1000} s`, {
    status: 'RESOURCE_EXHAUSTED',
    phase: 'database',
    retryAfterMs: maxWaitMs,
    nextActions: ['ask for the snapshot again later', 'or leave `consistency` unset: such a stream shares connections'],
  });
}
