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
  dispose(): Promise<void>;
}

/** A driver adapter, such as `new PrismaBetterSqlite3({ url })`. */
export interface SqlReaderFactory {
  readonly provider: string;
  connect(): Promise<SqlReader>;
}

/** Connects on first use, once, however many streams ask at the same time; a failure is not remembered. */
export function lazyReader(factory: SqlReaderFactory): () => Promise<SqlReader> {
  let reader: Promise<SqlReader> | undefined;
  return () => {
    reader ??= factory.connect().catch((error: unknown) => {
      reader = undefined;
      throw error;
    });
    return reader;
  };
}
