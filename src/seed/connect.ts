import {
  type DriverAdapterError,
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlQueryable,
} from '@prisma/driver-adapter-utils';
import { EnvironmentError, GrpcStreamError } from '../errors/index.js';
import { type DatabaseProblem, explainDatabase } from '../runtime/database/explain-failure.js';
import type { DatabaseAdapter } from './database-adapter.js';

/** A connection of a driver adapter that closes with the block it was opened in (`await using`). */
export type Connection = SqlDriverAdapter & AsyncDisposable;

/**
 * Opens a connection of our own: rows go through the adapter itself, since the client's `createMany` is some 20 times slower.
 *
 * @throws EnvironmentError when the database refuses.
 */
export async function connect(adapter: DatabaseAdapter): Promise<Connection> {
  try {
    const connection = await adapter.connect();
    return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.dispose() });
  } catch (error) {
    throw databaseError(error, 'the database cannot be opened');
  }
}

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

/**
 * What a database or its driver said, as one clear message with what to do about it.
 *
 * @param failed What could not be done, such as `the tables cannot be created`.
 * @param otherwise What to do when the cause is none that is known.
 */
export function databaseError(error: unknown, failed: string, otherwise?: readonly string[]): Error {
  if (error instanceof GrpcStreamError) return error;
  const known = isDriverAdapterError(error) ? explainWriting(error) : undefined;
  const { reason, nextActions } = known ?? explainDatabase(error, { otherwise });
  return new EnvironmentError('database.failed', `${failed}: ${reason}`, { cause: error, nextActions });
}

/** What only goes wrong for those who write. */
function explainWriting({ cause }: DriverAdapterError): DatabaseProblem | undefined {
  switch (cause.kind) {
    case 'UniqueConstraintViolation':
      return {
        reason: `rows that are there already have the same unique values (${cause.originalMessage ?? cause.kind})`,
        nextActions: ['empty the table, then seed it without --append'],
      };
    case 'SocketTimeout':
      return { reason: 'the database is busy', nextActions: ['end what else writes to it, then try again'] };
    default:
      return undefined;
  }
}
