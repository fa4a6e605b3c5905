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
  // The driver returns a bit as bytes, which would be compared as a text.
  selected: ({ native }, column) => (isBit(native) ? `${column} + 0` : column),
  // The database may compare a text with a decimal as doubles, which have fewer digits.
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

/** Set for every query, so that values come back exact whatever options the adapter has. */
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

/** The database converts a TIMESTAMP to the session's time zone and back, and one hour in autumn is ambiguous: these sessions are in UTC. */
async function useUtc(driver: MariaDbConnection): Promise<void> {
  if (inUtc.has(driver)) return;
  await driver.query("SET time_zone = '+00:00'");
  inUtc.add(driver);
}

/** The labels of `enum('a','b')`; the first is the empty text that the database stores for an invalid value. */
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
