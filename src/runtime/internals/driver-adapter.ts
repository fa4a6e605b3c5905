import { processWide } from '../process-wide.js';

/** A parameterised query, as Prisma's driver adapters take it. */
export interface SqlQuery {
  readonly sql: string;
  readonly args: unknown[];
  readonly argTypes: { readonly scalarType: 'int' | 'bigint' | 'string'; readonly arity: 'scalar' }[];
}

/** An open connection (or pool) of a driver adapter: the part of it that reads. */
export interface SqlReader {
  readonly provider: string;
  queryRaw(query: SqlQuery): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
  getConnectionInfo?(): { readonly schemaName?: string };
  /** The driver's own pool or connection beneath the adapter. */
  underlyingDriver?(): object;
  /** Begins a transaction. Nothing else uses its connection until it ends. */
  startTransaction?(isolationLevel?: string): Promise<SqlTransaction>;
  dispose(): Promise<void>;
}

/** A transaction of a driver adapter. */
export interface SqlTransaction extends Pick<SqlReader, 'queryRaw'> {
  /** `usePhantomQuery`: whether `commit` sends COMMIT to the database. */
  readonly options: { readonly usePhantomQuery: boolean };
  executeRaw(query: SqlQuery): Promise<number>;
  commit(): Promise<void>;
}

/** A driver adapter, such as `new PrismaBetterSqlite3({ url })`. */
export interface SqlReaderFactory {
  readonly provider: string;
  connect(): Promise<SqlReader>;
}

/** Whether a value that a project returned is a driver adapter. */
export function isReaderFactory(value: unknown): value is SqlReaderFactory {
  if (typeof value !== 'object' || value === null) return false;
  return typeof Reflect.get(value, 'connect') === 'function' && typeof Reflect.get(value, 'provider') === 'string';
}

const readers = processWide('readers', WeakMap<SqlReaderFactory, Promise<SqlReader>>);

/**
 * The one connection of an adapter: made on first use, and shared by every stream of every model. After a failure the next call connects
 * again.
 */
export function readerOf(factory: SqlReaderFactory): Promise<SqlReader> {
  const open = readers.get(factory);
  if (open) return open;
  const reader = factory.connect();
  readers.set(factory, reader);
  reader.catch(() => readers.delete(factory));
  return reader;
}

/** Closes the connection that streams opened through an adapter, if they opened one. Streams that still run fail. */
export async function closeReader(factory: SqlReaderFactory): Promise<void> {
  const reader = readers.get(factory);
  readers.delete(factory);
  const connection = await reader;
  if (!connection) return;
  await disposals.get(connection)?.();
  await connection.dispose();
}

const disposals = processWide('disposals', WeakMap<SqlReader, () => Promise<void>>);

/** Registers the work to do before a connection closes. */
export function beforeDispose(connection: SqlReader, work: () => Promise<void>): void {
  disposals.set(connection, work);
}

/** A transaction that writes. */
export interface WritingTransaction extends SqlTransaction {
  rollback(): Promise<void>;
}

/** Runs work in a transaction: the database keeps all of it or nothing. */
export async function inTransaction<Transaction extends WritingTransaction, Result>(
  connection: { startTransaction(): Promise<Transaction> },
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const transaction = await connection.startTransaction();
  const result = await work(transaction).catch(async (error: unknown) => {
    // The first failure is the one to report; the connection may be broken after it.
    await endTransaction(transaction, 'ROLLBACK', () => transaction.rollback()).catch(() => {});
    throw error;
  });
  await commitTransaction(transaction);
  return result;
}

/** Commits a transaction, and gives its connection back. */
export function commitTransaction(transaction: SqlTransaction): Promise<void> {
  return endTransaction(transaction, 'COMMIT', () => transaction.commit());
}

async function endTransaction(transaction: SqlTransaction, sql: string, giveBack: () => Promise<void>): Promise<void> {
  try {
    // Some adapters leave this to their caller, and only give the connection back.
    if (!transaction.options.usePhantomQuery) await transaction.executeRaw({ sql, args: [], argTypes: [] });
  } finally {
    // Also a broken connection: its pool counts it until it is given back.
    await giveBack();
  }
}

/**
 * A driver's error as its adapter reports it, by the kinds that all adapters share. The adapter does not document the method: without it,
 * the error stays the driver's own, whose codes are known as well.
 */
export function adapterError(connection: SqlReader, error: unknown): unknown {
  const onError: unknown = Reflect.get(connection, 'onError');
  if (typeof onError !== 'function') return error;
  try {
    onError.call(connection, error);
  } catch (reported) {
    return reported;
  }
  return error;
}

/** Runs work on a driver, and reports its failure as the driver adapter reports it. */
export async function inAdapterWords<T>(
  connection: SqlReader,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? error : adapterError(connection, error);
  }
}

/** Whether an adapter has the method that `adapterError` uses. */
export function hasAdapterErrors(connection: SqlReader): boolean {
  return typeof Reflect.get(connection, 'onError') === 'function';
}
