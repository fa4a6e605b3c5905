import { assertNever, StreamError, type StreamErrorOptions } from '../../errors/index.js';
import { databaseFailureOf } from './database-failure.js';

/** A database that restarts, or another that takes its place, is back within seconds; a crowd of streams should not come at once. */
const RECOVERY_MS = 1000;

/** Other streams end, and give their connections back. */
const QUEUE_MS = 1000;

/** Somebody makes tables, or changes a setting: health looks as often whether they did. */
const SETTING_UP_MS = 5000;

/** Nothing was wrong but the moment. */
const AT_ONCE_MS = 100;

/**
 * What the client is told of a database that was kept from answering: it may ask again, and nothing that is secret. Undefined for any
 * other error, of which it is told nothing.
 */
export function databaseErrorOf(cause: unknown): StreamError | undefined {
  const failure = databaseFailureOf(cause);
  if (failure === undefined) return undefined;
  const about = (
    code: string,
    message: string,
    { status, retryAfterMs }: Pick<StreamErrorOptions, 'status' | 'retryAfterMs'>,
  ) =>
    new StreamError(code, message, {
      status,
      phase: 'database',
      cause,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      nextActions: ['open the stream again with `after` set to the key of the last row received'],
    });
  switch (failure) {
    case 'lost':
      return about('stream.database_unavailable', 'the server lost its database', {
        status: 'UNAVAILABLE',
        retryAfterMs: RECOVERY_MS,
      });
    case 'busy':
      return about('stream.database_busy', 'no connection to the database was free', {
        status: 'RESOURCE_EXHAUSTED',
        retryAfterMs: QUEUE_MS,
      });
    case 'slow':
      return about('stream.database_timeout', 'the database took too long for a query', {
        status: 'ABORTED',
        retryAfterMs: RECOVERY_MS,
      });
    case 'conflict':
      return about('stream.database_conflict', 'the database gave way to other work', {
        status: 'ABORTED',
        retryAfterMs: AT_ONCE_MS,
      });
    case 'unready':
      return about('stream.database_unready', "the server's database is not ready", {
        status: 'UNAVAILABLE',
        retryAfterMs: SETTING_UP_MS,
      });
    default:
      return assertNever(failure);
  }
}
