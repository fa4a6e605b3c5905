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
  /** Begins a transaction, on a connection that is its own until it ends. */
  startTransaction?(isolationLevel?: string): Promise<SqlTransaction>;
  dispose(): Promise<void>;
}

/** A transaction of a driver adapter. */
export interface SqlTransaction extends Pick<SqlReader, 'queryRaw'> {
  /** `usePhantomQuery`: whether `commit` says COMMIT to the database by itself. */
  readonly options: { readonly usePhantomQuery: boolean };
  executeRaw(query: SqlQuery): Promise<number>;
  commit(): Promise<void>;
}

/** A driver adapter, such as `new PrismaBetterSqlite3({ url })`. */
export interface SqlReaderFactory {
  readonly provider: string;
  connect(): Promise<SqlReader>;
}

const readers = processWide('readers', WeakMap<SqlReaderFactory, Promise<SqlReader>>);

/** The one connection of an adapter: made on first use, shared by every stream of every model. A failure is not remembered. */
export function readerOf(factory: SqlReaderFactory): Promise<SqlReader> {
  const open = readers.get(factory);
  if (open) return open;
  const reader = factory.connect();
  readers.set(factory, reader);
  reader.catch(() => readers.delete(factory));
  return reader;
}

/** Ends the connection that streams made through an adapter, if they made one. Streams that still run fail. */
export async function closeReader(factory: SqlReaderFactory): Promise<void> {
  const reader = readers.get(factory);
  readers.delete(factory);
  await (await reader)?.dispose();
}

/**
 * An error of the driver's as its adapter reports it, by kinds that all adapters share. What makes it so is not public: where it is not to be
 * had, the error is the driver's own, whose codes are known as well.
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
