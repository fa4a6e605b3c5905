import { InternalError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { SqliteDriver, SqliteStatement } from '../internals/better-sqlite3.js';
import { arrayRows } from './array-rows.js';
import { doubleQuoted, type SqlDialect, sameValue, storedEnumValue } from './sql-dialect.js';
import { dateComparison, INSTANT_FUNCTION, instantKey } from './sqlite-dates.js';
import type { ReadRows } from './stored-rows.js';

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
  isSame: sameValue,
  // The driver reads this character for bytes that are not valid UTF-8.
  mayBeAnother: (value) => typeof value === 'string' && value.includes('\ufffd'),
  like: (column, mark) => `${column} LIKE ${mark} ESCAPE '!'`,
};

/** Reads rows of these fields, in the form in which SQLite stores them. */
export function sqliteRows(fields: readonly ModelField[]): ReadRows<SqliteDriver> {
  const rows = arrayRows(fields);
  const prepared = new WeakMap<SqliteDriver, Map<string, SqliteStatement>>();
  return async (driver, { text, values }) => {
    const statements = prepared.get(driver) ?? new Map<string, SqliteStatement>();
    prepared.set(driver, statements);
    const statement = statements.get(text) ?? prepare(driver, text, fields);
    statements.set(text, statement);
    const found = statement.all(values);
    if (!Array.isArray(found)) throw new InternalError('better-sqlite3 returned no list of rows');
    return rows(found);
  };
}

/** Numbers are cheaper than bigints; bigints are for columns in which a number could lose digits. */
function prepare(driver: SqliteDriver, text: string, fields: readonly ModelField[]): SqliteStatement {
  const statement = driver.prepare(text).raw();
  const declared = statement.columns().map(({ type }) => type ?? '');
  return statement.safeIntegers(fields.some((field, index) => needsBigInts(field, declared[index] ?? '')));
}

/** A column declared as REAL never returns integers; for a field of 32 bits, larger integers are out of range anyway. */
function needsBigInts({ type }: ModelField, declared: string): boolean {
  if (type === 'Float') return !/REAL|FLOA|DOUB/i.test(declared);
  return type === 'BigInt' || type === 'Decimal' || type === 'Json';
}

/** Adds the SQL function that conditions on dates call. Call it once for each connection; calling it again is harmless. */
export function addDateFunction(driver: SqliteDriver): void {
  driver.function(INSTANT_FUNCTION, { deterministic: true, safeIntegers: true }, instantKey);
}
