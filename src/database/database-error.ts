import { type DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { EnvironmentError, GrpcStreamError, messageOf } from '../errors/index.js';

/**
 * What a database or its driver said, as one clear message with what to do about it.
 *
 * @param failed What could not be done, such as `the tables cannot be created`.
 */
export function databaseError(error: unknown, failed: string): Error {
  if (error instanceof GrpcStreamError) return error;
  const { reason, nextActions } = isDriverAdapterError(error)
    ? explain(error)
    : { reason: messageOf(error), nextActions: CHECK_URL };
  return new EnvironmentError('database.failed', `${failed}: ${reason}`, { cause: error, nextActions });
}

const CHECK_URL = ['check DATABASE_URL, and the adapter in database.ts'];
const PUSH = ['bring the database in line with the schema: `npx prisma db push`'];

interface Explanation {
  readonly reason: string;
  readonly nextActions: readonly string[];
}

function explain({ cause, message }: DriverAdapterError): Explanation {
  switch (cause.kind) {
    case 'DatabaseNotReachable':
      return {
        reason: `nothing answers at ${cause.host ?? 'its host'}:${cause.port ?? '?'}`,
        nextActions: ['start the database', ...CHECK_URL],
      };
    case 'DatabaseDoesNotExist':
      return { reason: `there is no database ${cause.db ?? ''}`.trim(), nextActions: ['create it', ...CHECK_URL] };
    case 'AuthenticationFailed':
      return { reason: `the database refuses the user ${cause.user ?? ''}`.trim(), nextActions: CHECK_URL };
    case 'DatabaseAccessDenied':
      return { reason: 'the database refuses access', nextActions: CHECK_URL };
    case 'TableDoesNotExist':
      return { reason: `there is no table ${cause.table ?? ''}`.trim(), nextActions: PUSH };
    case 'ColumnNotFound':
      return { reason: `the table has no column ${cause.column ?? ''}`.trim(), nextActions: PUSH };
    case 'SocketTimeout':
      return { reason: 'the database is busy', nextActions: ['end what else writes to it, then try again'] };
    default:
      return { reason: cause.originalMessage ?? message, nextActions: CHECK_URL };
  }
}
