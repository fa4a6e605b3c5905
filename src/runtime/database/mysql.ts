import { InternalError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { MariaDbConnection } from '../internals/driver-pools.js';
import { processWide } from '../process-wide.js';
import { arrayRows } from './array-rows.js';
import { microsecondText, type SqlDialect, sameValue, storedEnumValue } from './sql-dialect.js';
import type { ReadRows } from './stored-rows.js';

export const mysqlDialect: SqlDialect = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  mark: () => '?',
  maxParameters: 65_535,
  generatedNumber: 'DEFAULT',
  listNames: `
    SELECT 'table' AS kind, table_name AS name FROM information_schema.tables
    WHERE table_schema = database() AND table_type = 'BASE TABLE'`,
  hasNamespaces: false,
  walks: 'alternatives',
  // A bit comes back as bytes, which would be compared as a text.
  selected: ({ native }, column) => (isBit(native) ? `${column} + 0` : column),
  // A text beside a decimal may be compared as a double, which has fewer digits.
  comparand: ({ type }, mark) => (type === 'Decimal' ? `CAST(${mark} AS DECIMAL(65, 30))` : mark),
  parameterOf: (field, value) => {
    if (field.type === 'enum') return storedEnumValue(field, String(value));
    if (value instanceof Date) return dateText(field, value);
    if (value instanceof Uint8Array) return Buffer.from(value);
    return typeof value === 'boolean' ? Number(value) : value;
  },
  settling: 'delayed',
  isSame: sameValue,
  enumValues: {
    query:
      'SELECT column_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?',
    parse: enumLabels,
  },
  like: (column, mark) => `${column} LIKE ${mark} ESCAPE '!'`,
};

/** Per query, so that values come back whole whatever the adapter's own options are. */
const EXACTLY = {
  rowsAsArray: true,
  dateStrings: true,
  bigIntAsNumber: false,
  decimalAsNumber: false,
  insertIdAsNumber: false,
  supportBigNumbers: false,
  bigNumberStrings: false,
  checkNumberRange: false,
  autoJsonMap: false,
  jsonStrings: true,
  bitOneIsBoolean: false,
  typeCast: undefined,
} as const;

/** Reads rows of these fields, in the form in which MySQL and MariaDB return them over their binary protocol. */
export function mysqlRows(fields: readonly ModelField[]): ReadRows<MariaDbConnection> {
  const rows = arrayRows(fields);
  return async (driver, { text, values }) => {
    await useUtc(driver);
    const found = await driver.execute({ ...EXACTLY, sql: text }, values);
    if (!Array.isArray(found)) throw new InternalError('the MariaDB driver returned no list of rows');
    return rows(found);
  };
}

const inUtc = processWide('mysqlConnectionsInUtc', WeakSet<MariaDbConnection>);

/** A TIMESTAMP is shifted by the session's time zone, both ways, and what it is in autumn comes twice: these sessions have none. */
async function useUtc(driver: MariaDbConnection): Promise<void> {
  if (inUtc.has(driver)) return;
  await driver.query("SET time_zone = '+00:00'");
  inUtc.add(driver);
}

/** Of `enum('a','b')`; before them all stands the empty text that an invalid value was stored as. */
function enumLabels(type: string): readonly string[] {
  return ['', ...[...type.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = '']) => label.replaceAll("''", "'"))];
}

function dateText(field: ModelField, date: Date): string {
  const { native = '' } = field;
  const [day, time = ''] = microsecondText(field, date).replace('Z', '').split('T');
  if (native === 'Date') return `${day}`;
  return native.startsWith('Time') && !native.startsWith('Timestamp') ? time : `${day} ${time}`;
}

function isBit(native = ''): boolean {
  return native.startsWith('Bit');
}
