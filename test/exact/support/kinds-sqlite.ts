import fc from 'fast-check';
import { nanosecondsOf } from '../../../src/model/index.js';
import {
  bitsOf,
  byteTexts,
  type ColumnKind,
  canonicalJson,
  daysOf,
  decimals,
  doubles,
  integers,
  jsons,
  meaningColumn,
  microseconds,
  quoted,
  type Sample,
  textsWithZero,
  timeText,
  timeValue,
  trimmedDecimal,
} from './column-kinds.js';
import { STATUS, statusNamed, storedStatus } from './kinds-postgres.js';

const asText = { printed: (column: string) => `CAST(${column} AS TEXT)`, readPrinted: String };
const asHex = {
  printed: (column: string) => `hex(${column})`,
  readPrinted: (hex: unknown) => String(hex).toLowerCase(),
};
const asNumber = { printed: (column: string) => column, readPrinted: (value: unknown) => bitsOf(Number(value)) };

function integerKind(type: 'Int' | 'BigInt', ddl: string, bits: bigint): ColumnKind {
  const samples = integers(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n).map((value) => ({
    // SQLite reads the least of all as a minus before a number that is too large.
    sql: value === -(2n ** 63n) ? '(-9223372036854775807 - 1)' : String(value),
    value: type === 'Int' ? Number(value) : value,
  }));
  return { name: ddl, field: { type }, ddl, samples, use: 'key', filter: 'ordered', ...asText };
}

function textKind(collate: string): ColumnKind {
  // In SQL a zero byte is the end.
  const samples = textsWithZero.map((value) => ({
    sql: value.includes('\0') ? `CAST(x'${Buffer.from(value).toString('hex')}' AS TEXT)` : quoted(value),
    value,
  }));
  return {
    name: `TEXT ${collate}`,
    field: { type: 'String' },
    ddl: 'TEXT',
    collate,
    samples,
    use: 'key',
    filter: 'text',
    ...asHex,
  };
}

function floatKind(ddl: string): ColumnKind {
  const infinite = fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const samples = fc.oneof({ weight: 4, arbitrary: doubles }, infinite).map((value) => {
    if (!Number.isFinite(value)) return { sql: `${value > 0 ? '' : '-'}9e999`, value };
    return { sql: Object.is(value, -0) ? '-0.0' : value.toExponential(), value };
  });
  return { name: ddl, field: { type: 'Float' }, ddl, samples, use: 'key', filter: 'ordered', ...asNumber };
}

/** Every form in which programs store a date: how it is written, and how many digits behind the second it keeps. */
const FORMS: Readonly<Record<string, (micros: bigint) => string>> = {
  prisma7: (micros) => `'${timeText(micros, 3, 'T')}+00:00'`,
  prisma6: (micros) => String(micros / 1000n),
  zulu: (micros) => `'${timeText(micros, 3, 'T')}Z'`,
  currentTimestamp: (micros) => `'${timeText(micros, 0)}'`,
  local: (micros) => `'${timeText(micros, 3, 'T')}'`,
  spaced: (micros) => `'${timeText(micros, 3)}'`,
  fine: (micros) => `'${timeText(micros, 6, 'T')}Z'`,
  zoned: (micros) => `'${timeText(micros + 7_200_000_000n, 3, 'T')}+02:00'`,
  day: (micros) => `'${timeText(micros).slice(0, 10)}'`,
};

const DIGITS: Readonly<Record<string, number>> = { currentTimestamp: 0, fine: 6 };

/** Where an offset of some hours makes no other year's digits. */
const YEARS = [-61_000_000_000_000_000n, 253_000_000_000_000_000n] as const;

function dateIn(form: string): fc.Arbitrary<Sample> {
  const times = form === 'day' ? daysOf(...YEARS) : microseconds(DIGITS[form] ?? 3, [...YEARS]);
  return times.map((micros) => ({ sql: FORMS[form]?.(micros) ?? '', value: timeValue(micros) }));
}

/** A date as a text that sorts as it does: SQLite itself knows no dates. */
const meaning = (value: unknown) => String(nanosecondsOf(value as Date) + 10n ** 21n).padStart(22, '0');

function dateKind(name: string, forms: readonly string[]): ColumnKind {
  return {
    name: `DATETIME ${name}`,
    field: { type: 'DateTime' },
    ddl: 'DATETIME',
    samples: fc.oneof(...forms.map(dateIn)),
    ...{ use: 'key', filter: 'ordered', meaning, hasForms: !(forms.length === 1 && KNOWN.includes(name)) },
    printed: meaningColumn,
    readPrinted: (text) => String(BigInt(String(text)) - 10n ** 21n),
  };
}

const KNOWN = ['prisma7', 'prisma6', 'zulu', 'currentTimestamp'];

export const SQLITE_KINDS: readonly ColumnKind[] = [
  integerKind('Int', 'INTEGER', 32n),
  integerKind('BigInt', 'BIGINT', 64n),
  textKind(''),
  textKind('COLLATE NOCASE'),
  textKind('COLLATE RTRIM'),
  floatKind('REAL'),
  // Made by hand: whole numbers are stored as integers.
  floatKind('NUMERIC'),
  ...KNOWN.map((form) => dateKind(form, [form])),
  dateKind('currentTimestamp among prisma7', ['prisma7', 'prisma7', 'currentTimestamp']),
  dateKind('mixed', Object.keys(FORMS)),
  dateKind('other', ['local', 'spaced', 'fine', 'zoned', 'day']),
  {
    name: 'DECIMAL',
    field: { type: 'Decimal' },
    ddl: 'DECIMAL',
    // SQLite keeps fifteen digits of it.
    samples: decimals(8, 6).map((value) => ({ sql: value, value: trimmedDecimal(value) })),
    ...{ use: 'key', filter: 'ordered', printed: (column) => column, readPrinted: (value) => String(value) },
  },
  {
    name: 'BOOLEAN',
    field: { type: 'Boolean' },
    ddl: 'BOOLEAN',
    samples: fc.boolean().map((value) => ({ sql: value ? '1' : '0', value })),
    ...{ use: 'key', filter: 'equality', ...asText },
  },
  {
    name: 'BLOB',
    field: { type: 'Bytes' },
    ddl: 'BLOB',
    samples: byteTexts().map((hex) => ({ sql: `x'${hex}'`, value: Uint8Array.from(Buffer.from(hex, 'hex')) })),
    ...{ use: 'key', filter: 'equality', ...asHex },
  },
  {
    name: 'enum',
    field: { type: 'enum', ...STATUS },
    ddl: 'TEXT',
    samples: fc
      .constantFrom(...Object.keys(STATUS.values))
      .map((value) => ({ sql: quoted(storedStatus(value)), value })),
    ...{ use: 'key', filter: 'equality', printed: (column) => column, readPrinted: statusNamed },
  },
  {
    name: 'JSONB',
    field: { type: 'Json' },
    ddl: 'JSONB',
    samples: jsons.map((value) => ({ sql: quoted(JSON.stringify(value)), value })),
    ...{ use: 'value', filter: 'none', printed: (column) => column, readPrinted: canonicalJson },
  },
];
