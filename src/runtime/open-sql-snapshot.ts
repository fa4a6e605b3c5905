import { InternalError } from '../errors/index.js';
import type { Session } from './source-within.js';
import { readerOf, type SqlReader, type SqlReaderFactory } from './sql-reader.js';

/**
 * Begins a read transaction in which every query sees the same rows.
 *
 * SQLite has one connection an adapter, which such a transaction would keep from everybody else: it gets one of its own. Other databases
 * lend one of the pool.
 */
export async function openSqlSnapshot(factory: SqlReaderFactory): Promise<Session<SqlReader>> {
  return factory.provider === 'sqlite' ? onOwnConnection(factory) : begin(await readerOf(factory), 'REPEATABLE READ');
}

async function onOwnConnection(factory: SqlReaderFactory): Promise<Session<SqlReader>> {
  const connection = await factory.connect();
  try {
    // SQLite knows just one level: the first read fixes what is seen.
    const { client, close } = await begin(connection, undefined);
    return { client, close: () => close().finally(() => connection.dispose()) };
  } catch (error) {
    await connection.dispose();
    throw error;
  }
}

async function begin(connection: SqlReader, isolationLevel: string | undefined): Promise<Session<SqlReader>> {
  const transaction = await connection.startTransaction?.(isolationLevel);
  if (!transaction) throw new InternalError('the driver adapter has no transactions');
  const client = { ...connectionFacts(connection), queryRaw: transaction.queryRaw.bind(transaction) };
  return {
    client,
    async close() {
      // Some adapters leave it to their caller to say so, and only give the connection back.
      if (!transaction.options.usePhantomQuery) await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] });
      await transaction.commit();
    },
  };
}

function connectionFacts(connection: SqlReader): Omit<SqlReader, 'queryRaw'> {
  return {
    provider: connection.provider,
    getConnectionInfo: () => connection.getConnectionInfo?.() ?? {},
    dispose: async () => {},
  };
}
