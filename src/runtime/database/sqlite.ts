import { InternalError } from '../../errors/index.js';
import { backoffMs, sleep } from '../../waits/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { SqliteDriver, SqliteStatement } from '../internals/better-sqlite3.js';
import { arrayRows } from './array-rows.js';
import { causesOf } from './database-failure.js';
import { doubleQuoted, type SqlDialect, type StoredValue, sameValue, storedEnumValue } from './sql-dialect.js';
import { addCollector, collectingStatement, type DriverRows } from './sqlite-collector.js';
import { dateComparison, INSTANT_FUNCTION, instantKey } from './sqlite-dates.js';
import type { ReadRows, SqlText } from './stored-rows.js';

/** The SQL function that ends a query which nobody waits for. */
const GO_ON_FUNCTION = 'grpc_stream_go_on';

export const sqliteDialect: SqlDialect = {
  quote: doubleQuoted,
  mark: () => '?',
  // SQLite before 3.32; later ones allow 32,766.
  maxParameters: 999,
  generatedNumber: 'NULL',
  listNames: `SELECT 'table' AS kind, name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`,
  hasNamespaces: false,
  walks: 'tuples',
  selected: (_, column) => column,
  comparand: (_, mark) => mark,
  parameterOf: (field, value) => {
    if (field.type === 'enum') return storedEnumValue(field, String(value));
    return typeof value === 'boolean' ? Number(value) : value;
  },
  special: { needs: ({ type }) => type === 'DateTime', comparison: dateComparison },
  settling: 'at once',
  isSame: (a, b) => sameValue(a, b) || isSameInteger(a, b) || isSameInteger(b, a),
  // The driver reads this character for bytes that are not valid UTF-8.
  mayBeAnother: (value) => typeof value === 'string' && value.includes('\ufffd'),
  like: (column, mark) => `${column} LIKE ${mark} ESCAPE '!'`,
  // Without the likelihood, SQLite would expect fewer rows, and might choose another plan.
  goesOn: `likelihood(random() & 255 <> 0 OR ${GO_ON_FUNCTION}(), 1.0)`,
};

/** Rows are read with bigints only where there are large integers among them. */
function isSameInteger(a: StoredValue, b: StoredValue): boolean {
  return typeof a === 'bigint' && typeof b === 'number' && Number.isInteger(b) && BigInt(b) === a;
}

/** Reads rows of these fields, in the form in which SQLite stores them. The query holds the thread, but never waits for a lock. */
export function sqliteRows(fields: readonly ModelField[]): ReadRows<SqliteDriver> {
  const all = sqliteStatements(fields);
  const rowsOf = arrayRows(fields);
  return async (driver, query, signal) => {
    const waitMs = takeLockTimeout(driver);
    return rowsOf(await waitingForWriters(async () => all(driver, query), { signal, waitMs }));
  };
}

/** Runs queries for rows of these fields; prepares each text once for each connection. */
export function sqliteStatements(fields: readonly ModelField[]): (driver: SqliteDriver, query: SqlText) => DriverRows {
  const prepared = new WeakMap<SqliteDriver, Map<string, RowsOf>>();
  const found: Found = { largeIntegers: false };
  return (driver, query) => {
    const { text, values } = query;
    const statements = prepared.get(driver) ?? new Map<string, RowsOf>();
    prepared.set(driver, statements);
    // Filters have texts without end.
    if (statements.size === MOST_STATEMENTS && !statements.has(text)) statements.clear();
    const rowsOf = statements.get(text) ?? prepare(driver, query, { fields, found });
    statements.set(text, rowsOf);
    return rowsOf(values);
  };
}

/** What the rows so far had. */
interface Found {
  largeIntegers: boolean;
}

/** A statement that is prepared. */
type RowsOf = (values: readonly unknown[]) => DriverRows;

const MOST_STATEMENTS = 50;

/**
 * Numbers are cheaper than bigints. A number that is no safe integer may have lost digits on its way from the database: where a column needs
 * them all, the rows are read again with bigints, and so are all later ones.
 */
function prepare(
  driver: SqliteDriver,
  { text, mostRows = 0 }: SqlText,
  { fields, found }: { readonly fields: readonly ModelField[]; readonly found: Found },
): RowsOf {
  const statement = driver.prepare(text).raw();
  const declared = statement.columns().map(({ type }) => type ?? '');
  const wide = fields.flatMap((field, index) => (needsAllDigits(field, declared[index] ?? '') ? [index] : []));
  const read = (hasBigInts: boolean) =>
    collectingStatement(driver, { text, mostRows, columns: fields.length, hasBigInts }) ??
    allRows(statement.safeIntegers(hasBigInts));
  const readNumbers = read(false);
  let readBigInts: RowsOf | undefined;
  return (values) => {
    if (!found.largeIntegers) {
      const rows = readNumbers(values);
      if (!haveLargeIntegers(rows, wide)) return rows;
      found.largeIntegers = true;
    }
    readBigInts ??= read(true);
    return readBigInts(values);
  };
}

/** A column declared as REAL never returns integers; for a field of 32 bits, larger integers are out of range anyway. */
function needsAllDigits({ type }: ModelField, declared: string): boolean {
  if (type === 'Float') return !/REAL|FLOA|DOUB/i.test(declared);
  return type === 'BigInt' || type === 'Decimal' || type === 'Json';
}

function haveLargeIntegers(rows: DriverRows, columns: readonly number[]): boolean {
  for (const row of rows) {
    for (const column of columns) {
      const value = row[column];
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return true;
    }
  }
  return false;
}

function allRows(statement: SqliteStatement): RowsOf {
  return (values) => {
    const found = statement.all(values);
    if (!Array.isArray(found)) throw new InternalError('better-sqlite3 returned no list of rows');
    return found;
  };
}

/**
 * Adds the SQL functions that conditions call. Call it once for each connection; calling it again is harmless.
 *
 * @param isStopped Whether nobody waits for the rows any more.
 */
export function addSqlFunctions(driver: SqliteDriver, isStopped = () => false): void {
  driver.function(INSTANT_FUNCTION, { deterministic: true, safeIntegers: true }, instantKey);
  addCollector(driver);
  driver.function(GO_ON_FUNCTION, { deterministic: false, safeIntegers: false }, () => {
    if (isStopped()) throw new Error('the query was stopped with its stream');
    return 1;
  });
}

/** Asks again until no writer holds the file: the pauses are the stream's own, where SQLite's would hold the thread. */
export async function waitingForWriters<T>(
  read: () => Promise<T>,
  { signal, waitMs }: { readonly signal: AbortSignal; readonly waitMs: number },
): Promise<T> {
  const until = performance.now() + waitMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!isLocked(error) || performance.now() >= until) throw error;
      await sleep(backoffMs(attempt, LOCK_BACKOFF), { signal });
    }
  }
}

const LOCK_BACKOFF = { firstMs: 2, longestMs: 100, jitter: true };

/** Whether a query failed because a writer holds the file, by the error of the driver or of its adapter. */
export function isLocked(error: unknown): boolean {
  return causesOf(error).some(({ code, originalCode }) => /^SQLITE_BUSY(_|$)/.test(String(originalCode ?? code)));
}

/**
 * Lets all queries over a connection fail at once where a writer holds the file: SQLite's own wait would hold the thread.
 *
 * @returns The wait for a writer with which the connection was opened, in milliseconds.
 */
export function takeLockTimeout(driver: SqliteDriver): number {
  const taken = lockTimeouts.get(driver);
  if (taken !== undefined) return taken;
  const [timeoutMs = 0] = Object.values(Object(driver.prepare('PRAGMA busy_timeout').get())).map(Number);
  driver.exec('PRAGMA busy_timeout = 0');
  lockTimeouts.set(driver, timeoutMs);
  return timeoutMs;
}

const lockTimeouts = new WeakMap<SqliteDriver, number>();
