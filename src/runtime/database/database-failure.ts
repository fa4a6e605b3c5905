import { assertNever, StreamError, type StreamErrorOptions } from '../../errors/index.js';

/**
 * Why a database did not answer, where it is right to try again:
 * - `lost`: the connection broke, or none could be made. The query changed nothing and returned nothing.
 * - `busy`: no connection was free, in our pool or at the database.
 * - `slow`: the query took longer than the database or its driver allows.
 * - `conflict`: the database preferred other work, as it does within transactions and on replicas.
 * - `damaged`: the database's file is no sound database. An operator has to act.
 * - `unready`: the database is not set up as the server needs it: no such database, table or column, or no access. An operator has to act.
 */
export type DatabaseFailure = 'lost' | 'busy' | 'slow' | 'conflict' | 'damaged' | 'unready';

/**
 * Finds by the codes of an error and of its causes why a database did not answer; undefined for any other error, such as a mistake in a
 * query. It knows Prisma's codes, the kinds of its driver adapters, and the codes of the databases and their drivers, which Prisma passes on
 * where it has no code of its own.
 */
export function databaseFailureOf(error: unknown): DatabaseFailure | undefined {
  for (const link of causesOf(error)) {
    const codes = [link.code, link.errorCode, link.kind, link.originalCode, link.errno].map(String);
    const failure = codes.map((code) => FAILURES.get(code)).find((known) => known !== undefined) ?? untold(link);
    // A pool that gave up says only that; that it could not connect is in the text of the cause.
    if (failure === 'busy' && UNREACHABLE.test(String(link.cause))) return 'lost';
    if (failure === 'busy' && REFUSED.test(String(link.cause))) return 'unready';
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** More causes than an error of Prisma has: an error may be its own cause. */
const MOST_CAUSES = 8;

/** An error, its causes, and the driver adapter's error that Prisma's client attaches, from the outside in. */
export function causesOf(error: unknown): Link[] {
  const found: Link[] = [];
  for (let link = error; isLink(link) && found.length < MOST_CAUSES; link = beneath(link)) found.push(link);
  return found;
}

function beneath({ cause, meta }: Link): unknown {
  return isLink(cause) ? cause : isLink(meta) ? Reflect.get(meta, 'driverAdapterError') : undefined;
}

/** The codes of this package's own errors about a database that is not set up. */
export const MISSING_FILE = 'database.missing';
export const REPLACED_FILE = 'database.replaced';
export const WRONG_SCHEMA = 'database.schema';
export const WRONG_ZONE = 'database.time_zone';

const FAILURES: ReadonlyMap<string, DatabaseFailure> = new Map([
  ...named('lost', [
    // Prisma: cannot be reached, reached too late, closed the connection.
    ...['P1001', 'P1002', 'P1017', 'DatabaseNotReachable', 'ConnectionClosed'],
    // PostgreSQL: of the connection itself; shut down, crashed, starting, idle for too long.
    ...['08000', '08001', '08003', '08004', '08006', '57P01', '57P02', '57P03', '57P05'],
    // MySQL: shut down, gone away, lost; MariaDB's connection that was killed; and its driver's closed sockets.
    ...['1053', '1927', '2002', '2003', '2006', '2013', '45001', '45004', '45009', '45012', '45013', '45019'],
    // SQLite: another file stands in the place of the one that is open.
    REPLACED_FILE,
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'],
  ]),
  // Prisma: pool timeout, too many connections; the databases' own; MariaDB's driver: no connection of the pool in time.
  ...named('busy', ['P2024', 'P2037', 'TooManyConnections', '53300', '1040', '1203', '45028', '45061']),
  // Prisma; PostgreSQL: cancelled, which happens only by a timeout when this package did not cancel; MariaDB, MySQL, and MariaDB's driver.
  ...named('slow', ['P1008', 'SocketTimeout', 'ETIMEDOUT', '57014', '1969', '3024', '45026']),
  // Serialisation failures, deadlocks, lock timeouts.
  ...named('conflict', ['P2034', 'TransactionWriteConflict', '40001', '40P01', '55P03', '1205', '1213']),
  ...named('damaged', [
    ...['SQLITE_CORRUPT', 'SQLITE_CORRUPT_INDEX', 'SQLITE_NOTADB', 'SQLITE_CANTOPEN'],
    ...['SQLITE_IOERR', 'SQLITE_IOERR_READ', 'SQLITE_IOERR_SHORT_READ'],
  ]),
  ...named('unready', [
    // Prisma: wrong password, no such database, no access, no such table or column; and a file of SQLite that is missing.
    ...['P1000', 'P1003', 'P1010', 'P2021', 'P2022', 'DatabaseDoesNotExist', 'AuthenticationFailed'],
    ...['DatabaseAccessDenied', 'TableDoesNotExist', 'ColumnNotFound', MISSING_FILE],
    ...[WRONG_SCHEMA, WRONG_ZONE],
    ...['28P01', '28000', '3D000', '42P01', '42703', '42501'],
    ...['1044', '1045', '1049', '1054', '1142', '1146'],
  ]),
]);

function named(failure: DatabaseFailure, codes: readonly string[]): (readonly [string, DatabaseFailure])[] {
  return codes.map((code) => [code, failure] as const);
}

const REFUSED = /\b(Access denied|Unknown database)\b/;

const UNREACHABLE = /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)\b/;

/**
 * Errors whose code is missing or has several meanings: a transaction that Prisma could not begin in time, and errors of `pg` that have only
 * a text.
 */
function untold({ code, message }: Link): DatabaseFailure | undefined {
  const text = String(message);
  if (code === 'P2028' && text.includes('Unable to start a transaction in the given time')) return 'busy';
  if (text === 'timeout exceeded when trying to connect') return 'busy';
  if (text === 'Query read timeout') return 'slow';
  return CLOSED_TEXTS.test(text) ? 'lost' : undefined;
}

const CLOSED_TEXTS =
  /^(The database connection is not open|Connection terminated( unexpectedly| due to connection timeout)?|Client (was closed|has encountered a connection error) and is not queryable)$/;

/** One of the errors beneath an error. */
export interface Link {
  readonly code?: unknown;
  readonly errorCode?: unknown;
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly errno?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly meta?: unknown;
  readonly originalMessage?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly table?: unknown;
  readonly column?: unknown;
}

function isLink(value: unknown): value is Link {
  return typeof value === 'object' && value !== null;
}

/** A database that restarts or fails over is back within seconds; streams should not all come back at once. */
const RECOVERY_MS = 1000;

/** Connections become free when other streams end. */
const QUEUE_MS = 1000;

/** An operator has to make tables or change a setting; health checks as often whether that has happened. */
const SETTING_UP_MS = 5000;

/** The next attempt is likely to succeed. */
const AT_ONCE_MS = 100;

/**
 * The error that a client gets when the database did not answer: when to try again, and nothing secret. Undefined for any other error, of
 * which the client learns nothing.
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
    case 'damaged':
    case 'unready':
      return about('stream.database_unready', "the server's database is not ready", {
        status: 'UNAVAILABLE',
        retryAfterMs: SETTING_UP_MS,
      });
    default:
      return assertNever(failure);
  }
}
