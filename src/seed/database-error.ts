import { type DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { EnvironmentError, GrpcStreamError } from '../errors/index.js';
import { type DatabaseProblem, explainDatabase } from '../runtime/database/explain-failure.js';

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
