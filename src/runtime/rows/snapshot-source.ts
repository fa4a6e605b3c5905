import { cancelledWith } from '../database/query-signal.js';
import type { ChunkSource } from './chunk-source.js';
import { type Session, sourceWithin } from './source-within.js';

/** The part of a Prisma client that holds a transaction open. */
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
  /** Default: the weakest level of the database at which what was read once stays as it was. */
  readonly isolationLevel?: string;
  /** Longest wait for a connection, in milliseconds. Default 30,000. */
  readonly maxWaitMs?: number;
}

/** Prisma ends a transaction after five seconds; a stream lives as long as its consumer needs. This is the longest timer there is. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Reads a source within one transaction: every chunk sees the table as it was when the first was read, whatever is written
 * meanwhile. It costs a connection for as long as the stream lives, keeps the database from cleaning up behind it, and on an SQLite
 * database that is not in WAL mode keeps writers waiting.
 *
 * The source fails with Prisma's error P2028 when no connection was free for `maxWaitMs`.
 *
 * @example
 * const source = snapshotSource({ prisma, source: (tx) => keysetSource({ delegate: tx.book, key: [{ field: 'id' }] }) });
 */
export function snapshotSource<Transaction, T>(options: SnapshotSourceOptions<Transaction, T>): ChunkSource<T> {
  return sourceWithin((signal) => cancelledWith(signal, () => openTransaction(options)), options.source);
}

/** Turns a transaction that lasts as long as a function into one that lasts until it is closed. */
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
      { maxWait: maxWaitMs, timeout: NO_TIMEOUT_MS, ...(isolationLevel ? { isolationLevel } : {}) },
    );
    // Whoever closes gets a failure of the end; this is for one of the beginning.
    transaction.catch(reject);
  });
}

/** By Prisma's names of databases and of levels. SQLite and CockroachDB know no weaker level; SQL Server's repeatable read locks rows. */
const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  sqlite: 'Serializable',
  cockroachdb: 'Serializable',
  postgresql: 'RepeatableRead',
  mysql: 'RepeatableRead',
  sqlserver: 'Snapshot',
};

/** The client keeps its provider under a name that is not public; without it, the database's own default has to do. */
function isolationLevelOf(prisma: object): string | undefined {
  return ISOLATION_LEVELS[String(Reflect.get(prisma, '_activeProvider'))];
}
