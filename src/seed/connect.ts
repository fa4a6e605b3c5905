import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { DatabaseAdapter } from './database-adapter.js';
import { databaseError } from './database-error.js';

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
