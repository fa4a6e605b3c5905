import { GrpcStreamError, messageOf } from '../../errors/index.js';
import { causesOf, databaseFailureOf, type Link } from './database-failure.js';

/** What is wrong with a database, for the operator of the server: it may name hosts, users and tables, but no secret. */
export interface DatabaseProblem {
  readonly reason: string;
  /** What to do about it, if the reason is known. */
  readonly nextActions: readonly string[];
}

export interface ExplainDatabaseOptions {
  /** The variable that says where the database is. Default `DATABASE_URL`. */
  readonly url?: string;
  /** What to do when the reason is not known. Default: check that variable. */
  readonly otherwise?: readonly string[] | undefined;
}

/** Describes in words an error of a database, of its driver or of this package. */
export function explainDatabase(
  error: unknown,
  { url = 'DATABASE_URL', otherwise }: ExplainDatabaseOptions = {},
): DatabaseProblem {
  const checkUrl = [`check ${url}, and the adapter in database.ts`];
  for (const link of causesOf(error)) {
    const known = link instanceof GrpcStreamError ? inOwnWords(link) : explain(link, checkUrl, otherwise);
    if (known) return { ...known, reason: withoutPassword(known.reason) };
  }
  return { reason: withoutPassword(messageOf(error).trim()), nextActions: otherwise ?? checkUrl };
}

function inOwnWords({ message, nextActions }: GrpcStreamError): DatabaseProblem {
  return { reason: message, nextActions };
}

const RESTORE_FILE = [
  'restore the file from a backup; `PRAGMA integrity_check` in SQLite shows what is damaged',
  'or check DATABASE_URL: it may name a file that is no database',
];

const MAKE_TABLES = ['bring the database in line with the schema: `npx prisma db push`, or your migrations'];

/** By the kinds of errors of Prisma's driver adapters. */
function explain(
  link: Link,
  checkUrl: readonly string[],
  otherwise: readonly string[] = checkUrl,
): DatabaseProblem | undefined {
  if (databaseFailureOf(link) === 'damaged') return { reason: wordsOf(link), nextActions: RESTORE_FILE };
  switch (link.kind) {
    case undefined:
      return undefined;
    case 'DatabaseNotReachable': {
      const place = [link.host, link.port].filter((part) => part !== undefined).join(':');
      return {
        reason: `nothing answers at ${place || 'its address'}`,
        nextActions: ['start the database', ...checkUrl],
      };
    }
    case 'DatabaseDoesNotExist':
    case 'AuthenticationFailed':
    case 'DatabaseAccessDenied':
      return { reason: wordsOf(link), nextActions: checkUrl };
    case 'TableDoesNotExist':
      return { reason: `there is no table ${link.table ?? ''}`.trim(), nextActions: MAKE_TABLES };
    case 'ColumnNotFound':
      return { reason: `the table has no column ${link.column ?? ''}`.trim(), nextActions: MAKE_TABLES };
    default:
      return { reason: wordsOf(link), nextActions: otherwise };
  }
}

/**
 * The driver's message is clearer than Prisma's kind. MariaDB's pool says only that it gave up; why it could not connect stands after that.
 */
function wordsOf({ cause, originalMessage, message, kind }: Link): string {
  const words = [cause, originalMessage, message].find((text) => typeof text === 'string' && text !== '');
  const [line = ''] = String(words ?? kind).split('\n');
  return line.replace(/^\(conn:[^)]*\) /, '').trim();
}

/** Drivers may quote their address, which may contain a password. */
function withoutPassword(text: string): string {
  return text.replace(/:\/\/[^@\s/]*@/g, '://…@');
}
