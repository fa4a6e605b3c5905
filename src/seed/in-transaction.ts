import type { SqlDriverAdapter, SqlQueryable } from '@prisma/driver-adapter-utils';

/**
 * Does work that the database keeps as a whole or not at all.
 *
 * An adapter either sends COMMIT by itself ("phantom"), or leaves it to us and only lets its connection go.
 */
export async function inTransaction<T>(
  connection: SqlDriverAdapter,
  work: (transaction: SqlQueryable) => Promise<T>,
): Promise<T> {
  const transaction = await connection.startTransaction();
  const end = async (sql: string) => {
    if (!transaction.options.usePhantomQuery) await execute(transaction, sql);
  };
  try {
    const result = await work(transaction);
    await end('COMMIT');
    await transaction.commit();
    return result;
  } catch (error) {
    /** The first failure is the one to tell; after it the connection may be gone. */
    await end('ROLLBACK').catch(() => undefined);
    await transaction.rollback().catch(() => undefined);
    throw error;
  }
}

/** Runs a statement that carries no values. */
export async function execute(connection: SqlQueryable, sql: string): Promise<void> {
  await connection.executeRaw({ sql, args: [], argTypes: [] });
}
