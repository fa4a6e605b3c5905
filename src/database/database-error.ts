import { type DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { EnvironmentError, GrpcStreamError, messageOf } from '../errors/index.js';

const CHECK_URL = ['check DATABASE_URL, and the adapter in database.ts'];

/**
 * What a database or its driver said, as one clear message with what to do about it.
 *
 * @param failed What could not be done, such as `the tables cannot be created`.
 * @param otherwise What to do when the cause is none that is known.
 */
export function databaseError(error: unknown, failed: string, otherwise: readonly string[] = CHECK_URL): Error {
  if (error instanceof GrpcStreamError) return error;
  const known = isDriverAdapterError(error) ? explain(error) : undefined;
  const { reason, nextActions } = known ?? { reason: driverMessage(error), nextActions: otherwise };
  return new EnvironmentError('database.failed', `${failed}: ${reason}`, { cause: error, nextActions });
}

/** The driver's own words are clearer than the name that Prisma files them under. */
function driverMessage(error: unknown): string {
  const original = isDriverAdapterError(error) ? error.cause.originalMessage : undefined;
  return original ?? messageOf(error).trim();
}

const PUSH = ['bring the database in line with the schema: `npx prisma db push`'];

interface Explanation {
  readonly reason: string;
  readonly nextActions: readonly string[];
}

function explain(error: DriverAdapterError): Explanation | undefined {
  const { cause } = error;
  switch (cause.kind) {
    case 'DatabaseNotReachable':
      return {
        reason: `nothing answers at ${[cause.host, cause.port].filter((part) => part !== undefined).join(':')}`,
        nextActions: ['start the database', ...CHECK_URL],
      };
    case 'DatabaseDoesNotExist':
    case 'AuthenticationFailed':
    case 'DatabaseAccessDenied':
      return { reason: driverMessage(error), nextActions: CHECK_URL };
    case 'TableDoesNotExist':
      return { reason: `there is no table ${cause.table ?? ''}`.trim(), nextActions: PUSH };
    case 'ColumnNotFound':
      return { reason: `the table has no column ${cause.column ?? ''}`.trim(), nextActions: PUSH };
    case 'UniqueConstraintViolation':
      return {
        reason: `rows that are there already have the same unique values (${driverMessage(error)})`,
        nextActions: ['empty the table, then seed it without --append'],
      };
    case 'SocketTimeout':
      return { reason: 'the database is busy', nextActions: ['end what else writes to it, then try again'] };
    default:
      return undefined;
  }
}
