import { GrpcStreamError, messageOf } from '../../errors/index.js';
import { causesOf, type Link } from './database-failure.js';

/** What is wrong with a database, for whoever runs the server: it may name hosts, users and tables, but no secret. */
export interface DatabaseProblem {
  readonly reason: string;
  /** What to do about it, as far as the reason tells. */
  readonly nextActions: readonly string[];
}

export interface ExplainDatabaseOptions {
  /** The variable that says where the database is. Default `DATABASE_URL`. */
  readonly url?: string;
  /** What to do when the cause is none that is known. Default: to look at that variable. */
  readonly otherwise?: readonly string[] | undefined;
}

/** Says in words what a database, its driver or this package threw. */
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

const MAKE_TABLES = ['bring the database in line with the schema: `npx prisma db push`, or your migrations'];

/** By the kinds of Prisma's driver adapters. */
function explain(
  link: Link,
  checkUrl: readonly string[],
  otherwise: readonly string[] = checkUrl,
): DatabaseProblem | undefined {
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
 * The driver's own words are clearer than the name that Prisma files them under. A pool of MariaDB only says that it gave up; what kept it
 * from connecting is behind that.
 */
function wordsOf({ cause, originalMessage, message, kind }: Link): string {
  const words = [cause, originalMessage, message].find((text) => typeof text === 'string' && text !== '');
  const [line = ''] = String(words ?? kind).split('\n');
  return line.replace(/^\(conn:[^)]*\) /, '').trim();
}

/** Drivers may quote the address that they were given. */
function withoutPassword(text: string): string {
  return text.replace(/:\/\/[^@\s/]*@/g, '://…@');
}
