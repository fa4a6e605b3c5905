import type { SqliteDriver, SqliteStatement } from '../internals/better-sqlite3.js';

/** Rows as better-sqlite3 returns them: an array of values each. */
export type DriverRows = readonly (readonly unknown[])[];

/**
 * Whether rows come faster through a function that SQL calls with each of them. Before Node 22, better-sqlite3 fills the array of a row value
 * by value, through V8's slowest way to do so: a row of nine columns took it 1.2 µs, and takes 0.7 µs in this way.
 */
const IS_WORTH_IT = Number(process.versions.modules) < 127;

/** A query of fewer rows would not gain what a second statement takes to prepare. */
const FEWEST_ROWS = 64;

/** SQLite's limit is 127. */
const MOST_COLUMNS = 100;

/** Two, since a function always gets its integers in one way: as numbers, or as bigints. */
const NUMBERS_FUNCTION = 'grpc_stream_row';
const BIGINTS_FUNCTION = 'grpc_stream_row_of_bigints';

export interface CollectedQuery {
  readonly text: string;
  readonly mostRows: number;
  readonly columns: number;
  readonly hasBigInts: boolean;
}

/**
 * Prepares a query whose rows are collected as SQLite finds them.
 *
 * The query keeps its order: SQLite hands on the rows of a part that has a LIMIT as it finds them.
 *
 * @returns Undefined where better-sqlite3's own way is as fast.
 */
export function collectingStatement(
  driver: SqliteDriver,
  { text, mostRows, columns, hasBigInts }: CollectedQuery,
): ((values: readonly unknown[]) => DriverRows) | undefined {
  if (!IS_WORTH_IT || mostRows < FEWEST_ROWS || columns > MOST_COLUMNS) return undefined;
  const names = Array.from({ length: columns }, (_, column) => `c${column}`).join(', ');
  const collect = hasBigInts ? BIGINTS_FUNCTION : NUMBERS_FUNCTION;
  const statement = driver.prepare(`WITH found(${names}) AS (${text}) SELECT count(${collect}(${names})) FROM found`);
  return (values) => collectedBy(statement, values);
}

/** Adds the functions that collect rows to a connection. */
export function addCollector(driver: SqliteDriver): void {
  const options = { deterministic: false, varargs: true, directOnly: true };
  driver.function(NUMBERS_FUNCTION, { ...options, safeIntegers: false }, collect);
  driver.function(BIGINTS_FUNCTION, { ...options, safeIntegers: true }, collect);
}

/** Of the query that runs: a query holds its thread from its first row to its last. */
let rows: unknown[][] = [];

function collect(...row: unknown[]): null {
  rows.push(row);
  return null;
}

function collectedBy(statement: SqliteStatement, values: readonly unknown[]): DriverRows {
  rows = [];
  try {
    statement.get(values);
    return rows;
  } finally {
    rows = [];
  }
}
