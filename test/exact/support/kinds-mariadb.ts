import fc from 'fast-check';
import {
  bitsOf,
  byteTexts,
  type ColumnKind,
  canonicalJson,
  daysOf,
  decimals,
  doubles,
  floats,
  integers,
  jsons,
  microseconds,
  quoted,
  texts,
  textsWithZero,
  timesOfDay,
  timeText,
  timeValue,
  trimmedDecimal,
} from './column-kinds.js';
import { STATUS, statusNamed, storedStatus } from './kinds-postgres.js';

/**
 * A zone whose clocks go back and forth, as that of New York did in 2024; a server knows no name of one unless it was told the rules.
 */
export const MARIADB_SETUP = [
  "INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (1, 'N')",
  "INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('New_York', 1)",
  "INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, -18000, 0, 'EST'), (1, 1, -14400, 1, 'EDT')",
  'INSERT INTO mysql.time_zone_transition VALUES (1, 1710054000, 1), (1, 1730613600, 0)',
  "SET GLOBAL time_zone = 'New_York'",
  "SET GLOBAL sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES'",
];

const asText = { printed: (column: string) => `CAST(${column} AS CHAR)`, readPrinted: String };
const asHex = {
  printed: (column: string) => `HEX(CONVERT(${column} USING utf8mb4))`,
  readPrinted: (hex: unknown) => String(hex).toLowerCase(),
};
const asNumber = { printed: (column: string) => column, readPrinted: (value: unknown) => bitsOf(Number(value)) };

function integerKind(type: 'Int' | 'BigInt', native: string, ddl: string, least: bigint, most: bigint): ColumnKind {
  const samples = integers(least, most).map((value) => ({
    sql: String(value),
    value: type === 'Int' ? Number(value) : value,
  }));
  return { name: ddl, field: { type, native }, ddl, samples, use: 'key', filter: 'ordered', ...asText };
}

/** In MariaDB a backslash in quotes is a sign for another character. */
const inQuotes = (text: string) => quoted(text.replaceAll('\\', '\\\\').replaceAll('\0', '\\0'));

function textKind(native: string, ddl: string, collate: string, use: ColumnKind['use'] = 'key'): ColumnKind {
  // Where blanks count, MariaDB sorts a text and the same with a zero byte behind it as equal, and compares them as different.
  const samples = (collate.includes('nopad') ? texts : textsWithZero)
    .map((text) => (collate.includes('latin1') ? text.replace(/[^\0-\xff]/g, 'ö') : text))
    .map((text) => text.slice(0, 5).replace(/[\ud800-\udbff]$/, ''))
    // What a CHAR ends with is not kept.
    .map((text) => (native === 'Char' ? text.trimEnd() : text))
    .map((value) => ({ sql: inQuotes(value), value }));
  return {
    name: `${ddl} ${collate}`,
    field: { type: 'String', native },
    ddl,
    collate,
    samples,
    use,
    filter: 'text',
    ...asHex,
  };
}

/** Microseconds since 1970, of a day and time. */
const asTime = {
  printed: (column: string) => `CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${column}) AS CHAR)`,
  readPrinted: (micros: unknown) => String(BigInt(String(micros)) * 1000n),
};
const asTimeOfDay = {
  ...asTime,
  printed: (column: string) => asTime.printed(`ADDTIME('1970-01-01 00:00:00', ${column})`),
};

function timeKind(native: string, ddl: string, micros: fc.Arbitrary<bigint>): ColumnKind {
  const isTimeOfDay = native === 'Time';
  const samples = micros.map((value) => {
    const text = timeText(value);
    return {
      sql: `'${isTimeOfDay ? text.slice(11) : native === 'Date' ? text.slice(0, 10) : text}'`,
      value: timeValue(value),
    };
  });
  const filter = isTimeOfDay ? 'none' : 'ordered';
  const printing = isTimeOfDay ? asTimeOfDay : asTime;
  // A TIMESTAMP is NULL by default, and has a value of its own where it is not, unless told otherwise.
  return {
    name: ddl,
    field: { type: 'DateTime', native: `${native}${/\(\d\)/.exec(ddl)?.[0] ?? ''}` },
    ddl,
    samples,
    use: 'key',
    filter,
    ...printing,
  };
}

function floatKind(native: string, ddl: string, numbers: fc.Arbitrary<number>): ColumnKind {
  const samples = numbers.map((value) => ({
    // With an exponent it is a double, and no decimal.
    sql: Object.is(value, -0) ? '-0e0' : value.toExponential(),
    value,
  }));
  return { name: ddl, field: { type: 'Float', native }, ddl, samples, use: 'key', filter: 'ordered', ...asNumber };
}

function decimalKind(ddl: string, digits: fc.Arbitrary<string>): ColumnKind {
  const samples = digits.map((value) => ({ sql: value, value: trimmedDecimal(value) }));
  const readPrinted = (text: unknown) => trimmedDecimal(String(text));
  return {
    name: ddl,
    field: { type: 'Decimal', native: 'Decimal' },
    ddl,
    samples,
    use: 'key',
    filter: 'ordered',
    printed: asText.printed,
    readPrinted,
  };
}

function bytesKind(native: string, ddl: string, use: ColumnKind['use'], least?: number, most?: number): ColumnKind {
  const samples = byteTexts(least, most).map((hex) => ({
    sql: `x'${hex}'`,
    value: Uint8Array.from(Buffer.from(hex, 'hex')),
  }));
  return {
    name: ddl,
    field: { type: 'Bytes', native },
    ddl,
    samples,
    use,
    filter: 'equality',
    printed: (column) => `HEX(${column})`,
    readPrinted: asHex.readPrinted,
  };
}

const ENUM = "ENUM('ARCHIVED', 'DRAFT', 'é', 'REVIEW', 'PUBLISHED', 'it''s, \"odd\"')";

/** What a DATETIME promises to hold begins in the year 1000. */
const datetimes = (digits: number) => microseconds(digits, [-30_610_224_000_000_000n, 253_402_300_799_999_999n]);
const timestamps = (digits: number) => microseconds(digits, [1_000_000n, 2_147_483_647_000_000n]);

export const MARIADB_KINDS: readonly ColumnKind[] = [
  integerKind('Int', 'TinyInt', 'TINYINT', -128n, 127n),
  integerKind('Int', 'UnsignedTinyInt', 'TINYINT UNSIGNED', 0n, 255n),
  integerKind('Int', 'SmallInt', 'SMALLINT', -32_768n, 32_767n),
  integerKind('Int', 'MediumInt', 'MEDIUMINT', -8_388_608n, 8_388_607n),
  integerKind('Int', 'UnsignedMediumInt', 'MEDIUMINT UNSIGNED', 0n, 16_777_215n),
  integerKind('Int', 'Int', 'INT', -(2n ** 31n), 2n ** 31n - 1n),
  integerKind('Int', 'UnsignedInt', 'INT UNSIGNED', 0n, 2n ** 32n - 1n),
  { ...integerKind('Int', 'Year', 'YEAR', 1901n, 2155n), filter: 'none' },
  integerKind('BigInt', 'BigInt', 'BIGINT', -(2n ** 63n), 2n ** 63n - 1n),
  integerKind('BigInt', 'UnsignedBigInt', 'BIGINT UNSIGNED', 0n, 2n ** 64n - 1n),
  textKind('VarChar', 'VARCHAR(9) CHARACTER SET utf8mb4', 'COLLATE utf8mb4_general_ci'),
  textKind('VarChar', 'VARCHAR(9) CHARACTER SET utf8mb4', 'COLLATE utf8mb4_unicode_ci'),
  textKind('VarChar', 'VARCHAR(9) CHARACTER SET utf8mb4', 'COLLATE utf8mb4_bin'),
  textKind('VarChar', 'VARCHAR(9) CHARACTER SET utf8mb4', 'COLLATE utf8mb4_nopad_bin'),
  textKind('VarChar', 'VARCHAR(9) CHARACTER SET utf8mb4', 'COLLATE utf8mb4_uca1400_ai_ci'),
  textKind('VarChar', 'VARCHAR(9) CHARACTER SET latin1', 'COLLATE latin1_swedish_ci'),
  textKind('Char', 'CHAR(9) CHARACTER SET utf8mb4', 'COLLATE utf8mb4_german2_ci'),
  textKind('LongText', 'LONGTEXT CHARACTER SET utf8mb4', 'COLLATE utf8mb4_general_ci', 'order'),
  timeKind('DateTime', 'DATETIME(6)', datetimes(6)),
  timeKind('DateTime', 'DATETIME(3)', datetimes(3)),
  timeKind('DateTime', 'DATETIME', datetimes(0)),
  timeKind('Timestamp', 'TIMESTAMP(6)', timestamps(6)),
  timeKind('Timestamp', 'TIMESTAMP(3)', timestamps(3)),
  timeKind('Timestamp', 'TIMESTAMP', timestamps(0)),
  timeKind('Date', 'DATE', daysOf(-30_610_224_000_000_000n)),
  timeKind('Time', 'TIME(6)', timesOfDay(6)),
  timeKind('Time', 'TIME', timesOfDay(0)),
  floatKind('Double', 'DOUBLE', doubles),
  floatKind('Float', 'FLOAT', floats),
  decimalKind('DECIMAL(65,30)', decimals(35, 30)),
  decimalKind('DECIMAL(20,0)', decimals(20, 0)),
  decimalKind('DECIMAL(10,2)', decimals(8, 2)),
  {
    name: 'TINYINT(1)',
    field: { type: 'Boolean' },
    ddl: 'TINYINT(1)',
    samples: fc.boolean().map((value) => ({ sql: String(value), value })),
    ...{ use: 'key', filter: 'equality', ...asText },
  },
  {
    name: 'BIT(1)',
    field: { type: 'Boolean', native: 'Bit' },
    ddl: 'BIT(1)',
    samples: fc.boolean().map((value) => ({ sql: value ? "b'1'" : "b'0'", value })),
    ...{ use: 'key', filter: 'equality', printed: (column) => `CAST(${column} + 0 AS CHAR)`, readPrinted: String },
  },
  bytesKind('LongBlob', 'LONGBLOB', 'order'),
  bytesKind('VarBinary', 'VARBINARY(4)', 'key'),
  bytesKind('Binary', 'BINARY(3)', 'key', 3, 3),
  {
    name: 'enum',
    field: { type: 'enum', ...STATUS },
    ddl: ENUM,
    collate: 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    samples: fc
      .constantFrom(...Object.keys(STATUS.values))
      .map((value) => ({ sql: inQuotes(storedStatus(value)), value })),
    ...{ use: 'key', filter: 'equality', printed: asText.printed, readPrinted: statusNamed },
  },
  {
    name: 'JSON',
    field: { type: 'Json', native: 'Json' },
    ddl: 'JSON',
    samples: jsons.map((value) => ({ sql: inQuotes(JSON.stringify(value)), value })),
    ...{ use: 'value', filter: 'none', printed: asText.printed, readPrinted: canonicalJson },
  },
];
