import { randomBytes } from 'node:crypto';

/** A statement that a connection keeps, as a query names it. */
export interface PgStatement {
  readonly name: string;
  /** Whether the query has to define it first. */
  readonly isNew: boolean;
  /** Another one, which the connection drops for it. */
  readonly dropped?: string | undefined;
}

/**
 * The statements that a connection to PostgreSQL keeps, so that the database parses and plans a query once and not for every chunk: that
 * takes it as long as some hundred rows. It keeps those that came last, and only of queries that come again.
 *
 * Their names are random: a connection can never run a statement that somebody else has defined.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class PgStatements {
  /** Whether the connection leads to the database itself; undefined before somebody has asked. */
  isDirect: boolean | undefined;
  private prefix = newPrefix();
  private count = 0;
  /** By their text, the one that was used least recently first. */
  private readonly names = new Map<string, string>();
  /** Texts that came once. */
  private readonly seen = new Set<string>();

  static of(client: object): PgStatements {
    const known = statements.get(client) ?? new PgStatements();
    statements.set(client, known);
    return known;
  }

  /** Whether a text has come before. A text that comes once is not worth a statement. */
  comesAgain(text: string): boolean {
    if (this.names.has(text) || this.seen.has(text)) return true;
    if (this.seen.size >= MOST_SEEN) this.seen.clear();
    this.seen.add(text);
    return false;
  }

  /** The statement of a text. Call `defined` after a query that has defined it. */
  use(text: string): PgStatement {
    const name = this.names.get(text);
    if (name === undefined) return { name: `${this.prefix}${++this.count}`, isNew: true, dropped: this.leastRecent() };
    this.names.delete(text);
    this.names.set(text, name);
    return { name, isNew: false };
  }

  defined(text: string, { name, dropped }: PgStatement): void {
    for (const [other, otherName] of this.names) if (otherName === dropped) this.names.delete(other);
    this.names.set(text, name);
    this.seen.delete(text);
  }

  /** After the database did not know a statement, or could not use it any more: all of them are defined anew. */
  forget(): void {
    this.names.clear();
    this.prefix = newPrefix();
  }

  private leastRecent(): string | undefined {
    if (this.names.size < MOST_KEPT) return undefined;
    const [name] = this.names.values();
    return name;
  }
}

/**
 * Whether a query failed since its statement is gone, as after `DISCARD ALL`, or does not fit the table any more. No row has come, and the
 * query runs without the statement.
 */
export function isStatementGone(error: unknown): boolean {
  return error instanceof Error && GONE.has(String(Reflect.get(error, 'code')));
}

/** invalid_sql_statement_name, duplicate_prepared_statement, and feature_not_supported: "cached plan must not change result type". */
const GONE: ReadonlySet<string> = new Set(['26000', '42P05', '0A000']);

const statements = new WeakMap<object, PgStatements>();

/** Each takes the database some ten kilobytes. */
const MOST_KEPT = 16;

const MOST_SEEN = 64;

function newPrefix(): string {
  return `grpc_stream_${randomBytes(8).toString('hex')}_`;
}
