import { StreamError } from '../../errors/index.js';
import { sleep } from '../../waits/index.js';
import type { SqlDialect } from '../database/sql-dialect.js';
import type { ReadQuery } from '../database/stored-rows.js';
import type { ModelField } from '../encode/model-field.js';
import { columnSql, type OrderColumn, type Place, type RowQuery } from './sql-query.js';

export interface SettledBoundOptions {
  readonly query: RowQuery;
  /** Makes a reader of some columns. */
  readonly read: (fields: readonly ModelField[]) => ReadQuery;
  readonly signal: AbortSignal;
  /** The longest wait for transactions that may still add rows before the last. */
  readonly maxWaitMs: number;
  /** The wait for a database that cannot list these transactions. */
  readonly delayMs: number;
}

/**
 * The last row before which no row can appear any more. A row gets its key when it is written, but becomes visible when its transaction
 * commits, in any order: a reader that polls, and resumes after the last row it saw, would miss rows that are committed late.
 *
 * PostgreSQL lists the transactions that write to the table, after the last visible row was read: only these may still add rows before it,
 * since a transaction locks the table before it gives a row its key. When they have ended, that row is the bound. SQLite has one writer.
 * MySQL does not list transactions to every user: there, a delay takes the place of the list.
 *
 * @returns The last row's position; undefined when no row is settled.
 */
export async function settledBound(options: SettledBoundOptions): Promise<Place | undefined> {
  const { query, read, signal, delayMs } = options;
  assertAscending(query.order);
  const last = await lastPlace(query, read);
  if (!last) return undefined;
  const { settling } = query.dialect;
  if (settling === 'at once') return last;
  if (settling === 'delayed') {
    await sleep(delayMs, { signal });
    return last;
  }
  return (await writersEnded(settling, options)) ? last : undefined;
}

const POLL_MS = 50;

/** Waits until the transactions that write to the table now have ended; false when they take too long. */
async function writersEnded(
  { writers }: Exclude<SqlDialect['settling'], string>,
  { query: { from }, read, signal, maxWaitMs }: SettledBoundOptions,
): Promise<boolean> {
  const ask = read([WRITER]);
  const namesOf = async () => {
    const rows = await ask({ text: writers(from), values: [] });
    return new Set(Array.from({ length: rows.length }, (_, row) => String(rows.clientValue(row, 0))));
  };
  const awaited = await namesOf();
  const until = performance.now() + maxWaitMs;
  while (awaited.size > 0) {
    if (performance.now() > until) return false;
    await sleep(POLL_MS, { signal });
    const now = await namesOf();
    for (const writer of awaited) if (!now.has(writer)) awaited.delete(writer);
  }
  return true;
}

/** A transaction, as the database names it. */
const WRITER: ModelField = { name: 'writer', number: 1, type: 'String' };

async function lastPlace(
  { dialect, from, order }: RowQuery,
  read: SettledBoundOptions['read'],
): Promise<Place | undefined> {
  const fields = order.map(({ field }) => field);
  const columns = fields.map((field) => dialect.selected(field, columnSql(dialect, field)));
  const by = fields.map((field) => `${columnSql(dialect, field)} DESC`);
  const text = `SELECT ${columns.join(', ')} FROM ${from} ORDER BY ${by.join(', ')} LIMIT 1`;
  const rows = await read(fields)({ text, values: [] });
  return rows.length > 0 ? fields.map((_, column) => rows.storedValue(0, column)) : undefined;
}

/** New rows must come at the end of the order. */
function assertAscending(order: readonly OrderColumn[]): void {
  if (order.every(({ direction, nulls }) => direction === 'asc' && nulls === undefined)) return;
  throw new StreamError('stream.invalid_request', 'settled needs an ascending order of columns that are never null', {
    status: 'INVALID_ARGUMENT',
    phase: 'request',
    fieldViolations: [{ field: 'settled', description: 'needs an ascending order of columns that are never null' }],
  });
}
