import { type DriverAdapterError, isDriverAdapterError, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { EnvironmentError, GrpcStreamError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import { type DatabaseProblem, explainDatabase } from '../runtime/database/explain-failure.js';
import { sqlDialectOf } from '../runtime/database/sql-database.js';
import { type SqlDialect, tableName } from '../runtime/database/sql-dialect.js';
import type { SqlReader, SqlReaderFactory } from '../runtime/internals/driver-adapter.js';

/** A connection of a driver adapter that closes with the block that opened it (`await using`). */
export type SeedConnection = SqlDriverAdapter & AsyncDisposable;

/**
 * Opens a connection. Rows are written through the adapter itself, since `createMany` of Prisma's client is some 20 times slower.
 *
 * @throws EnvironmentError when the database cannot be reached, or not be written to.
 */
export async function openConnection(adapter: SqlReaderFactory): Promise<SeedConnection> {
  try {
    const connection = await adapter.connect();
    if (isWritable(connection)) {
      return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.dispose() });
    }
    await connection.dispose();
  } catch (error) {
    throw databaseError(error, 'the database cannot be opened');
  }
  throw new EnvironmentError('database.read_only', 'the driver adapter can only read', {
    nextActions: ['let createAdapter() of database.ts return a driver adapter of Prisma'],
  });
}

function isWritable(connection: SqlReader): connection is SqlDriverAdapter {
  return ['executeRaw', 'startTransaction'].every((name) => typeof Reflect.get(connection, name) === 'function');
}

/** @throws EnvironmentError for a database that rows cannot be written to. */
export function dialectOf({ provider }: SqlDriverAdapter): SqlDialect {
  const dialect = sqlDialectOf(provider);
  if (dialect) return dialect;
  throw new EnvironmentError('database.unsupported', `rows cannot be seeded in a database of ${provider}`);
}

/** A model's table as statements name it. */
export function tableIn(connection: SqlDriverAdapter, model: StreamModel): string {
  return tableName(dialectOf(connection), connection, model);
}

/** Runs a statement without parameters. */
export async function execute(connection: Pick<SqlDriverAdapter, 'executeRaw'>, sql: string): Promise<void> {
  await connection.executeRaw({ sql, args: [], argTypes: [] });
}

/**
 * Turns a failure of a database or its driver into one message that says what to do about it.
 *
 * @param failed The operation, such as `the tables cannot be created`.
 * @param otherwise What to do when the cause is unknown.
 */
export function databaseError(error: unknown, failed: string, otherwise?: readonly string[]): Error {
  if (error instanceof GrpcStreamError) return error;
  const known = isDriverAdapterError(error) ? explainWriting(error) : undefined;
  const { reason, nextActions } = known ?? explainDatabase(error, { otherwise });
  return new EnvironmentError('database.failed', `${failed}: ${reason}`, { cause: error, nextActions });
}

/** Failures that only writing causes. */
function explainWriting({ cause }: DriverAdapterError): DatabaseProblem | undefined {
  switch (cause.kind) {
    case 'UniqueConstraintViolation':
      return {
        reason: `existing rows have the same unique values (${cause.originalMessage ?? cause.kind})`,
        nextActions: ['empty the table, then seed it without --append'],
      };
    case 'SocketTimeout':
      return { reason: 'the database is busy', nextActions: ['stop other programs that write to it, then try again'] };
    default:
      return undefined;
  }
}
