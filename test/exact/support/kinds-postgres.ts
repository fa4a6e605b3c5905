import fc from 'fast-check';
import {
  byteTexts,
  type ColumnKind,
  canonicalJson,
  daysOf,
  decimals,
  doubles,
  endless,
  floats,
  integers,
  jsons,
  microseconds,
  quoted,
  texts,
  timesOfDay,
  timeText,
  timeValue,
  trimmedDecimal,
  uuids,
} from './column-kinds.js';

/** What is made once, before any table: collations, an extension, and enums that have a history. */
export const POSTGRES_SETUP = [
  "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
  "CREATE COLLATION numeric_de (provider = icu, locale = 'de-u-kn')",
  'CREATE EXTENSION citext',
  "CREATE TYPE status AS ENUM ('DRAFT', 'PUBLISHED', 'it''s, \"odd\"')",
  "ALTER TYPE status ADD VALUE 'REVIEW' BEFORE 'PUBLISHED'",
  "ALTER TYPE status ADD VALUE 'ARCHIVED' BEFORE 'DRAFT'",
  "ALTER TYPE status ADD VALUE 'é' BEFORE 'REVIEW'",
];

/** In the order of the schema, which is not the database's. */
export const STATUS = {
  values: { DRAFT: 1, REVIEW: 5, PUBLISHED: 2, constructor: 3, ARCHIVED: 4, toString: 9 },
  stored: { constructor: 'it\'s, "odd"', toString: 'é' },
};

export const storedStatus = (name: string) =>
  Object.hasOwn(STATUS.stored, name) ? STATUS.stored[name as keyof typeof STATUS.stored] : name;

export const statusNamed = (stored: unknown) =>
  Object.keys(STATUS.values).find((name) => storedStatus(name) === stored) ?? `no name for ${stored}`;

const asText = { printed: (column: string) => `${column}::text`, readPrinted: String };
/** As the type prints itself: a cast to text prints some types in another way. */
const asHex = {
  printed: (column: string) => `encode(convert_to(format('%s', ${column}), 'UTF8'), 'hex')`,
  readPrinted: String,
};
const asDecimal = {
  printed: (column: string) => `${column}::numeric::text`,
  readPrinted: (text: unknown) => trimmedDecimal(String(text)),
};
const asDouble = { printed: (column: string) => `encode(float8send(${column}::float8), 'hex')`, readPrinted: String };
const asTime = {
  printed: (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint::text`,
  readPrinted: (micros: unknown) => String(BigInt(String(micros)) * 1000n),
};

function integerKind(type: 'Int' | 'BigInt', native: string, ddl: string, least: bigint, most: bigint): ColumnKind {
  const samples = integers(least, most).map((value) => ({
    sql: `'${value}'::${ddl}`,
    value: type === 'Int' ? Number(value) : value,
  }));
  const filter = native === 'Oid' ? 'none' : 'ordered';
  return { name: ddl, field: { type, native }, ddl, samples, use: 'key', filter, ...asText };
}

function textKind(native: string, ddl: string, collate?: string, most = 8): ColumnKind {
  const samples = texts.map((text) => {
    const value = text.slice(0, most);
    return { sql: `${quoted(value)}::${ddl}`, value };
  });
  const field = { type: 'String', ...(native ? { native } : {}) } as const;
  const filter = native === 'Citext' ? 'none' : 'text';
  return {
    name: `${ddl} ${collate ?? ''}`,
    field,
    ddl,
    ...(collate ? { collate } : {}),
    samples,
    use: 'key',
    filter,
    ...asHex,
  };
}

function timeKind(native: string, ddl: string, micros: fc.Arbitrary<bigint>): ColumnKind {
  const isTimeOfDay = native === 'Time';
  const samples = micros.map((value) => {
    const text = timeText(value);
    const said = isTimeOfDay
      ? value === 86_400_000_000n
        ? '24:00:00'
        : text.slice(11)
      : native === 'Date'
        ? text.slice(0, 10)
        : `${text}+00`;
    return { sql: `'${said}'::${ddl}`, value: timeValue(value) };
  });
  const filter = isTimeOfDay ? 'none' : 'ordered';
  return {
    name: ddl,
    field: { type: 'DateTime', native: `${native}${/\(\d\)/.exec(ddl)?.[0] ?? ''}` },
    ddl,
    samples,
    use: 'key',
    filter,
    ...asTime,
  };
}

function floatKind(native: string, ddl: string, numbers: fc.Arbitrary<number>): ColumnKind {
  const samples = numbers.map((value) => {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return { sql: `'${text}'::${ddl}`, value };
  });
  return { name: ddl, field: { type: 'Float', native }, ddl, samples, use: 'key', filter: 'ordered', ...asDouble };
}

function otherText(native: string, ddl: string, values: readonly string[], use: ColumnKind['use'] = 'key'): ColumnKind {
  const samples = fc.constantFrom(...values).map((value) => ({ sql: `${quoted(value)}::${ddl}`, value }));
  const filter = native === 'Uuid' ? 'ordered' : 'none';
  return { name: ddl, field: { type: 'String', native }, ddl, samples, use, filter, ...asHex };
}

function decimalKind(native: string, ddl: string, digits: fc.Arbitrary<string>): ColumnKind {
  const samples = digits.map((value) => ({ sql: `'${value}'::numeric::${ddl}`, value: trimmedDecimal(value) }));
  const filter = native === 'Money' ? 'none' : 'ordered';
  return { name: ddl, field: { type: 'Decimal', native }, ddl, samples, use: 'key', filter, ...asDecimal };
}

function jsonKind(ddl: 'json' | 'jsonb'): ColumnKind {
  const samples = jsons.map((value) => ({ sql: `${quoted(JSON.stringify(value))}::${ddl}`, value }));
  const printed = (column: string) => `${column}::text`;
  const field = { type: 'Json', native: ddl === 'json' ? 'Json' : 'JsonB' } as const;
  return { name: ddl, field, ddl, samples, use: 'value', filter: 'none', printed, readPrinted: canonicalJson };
}

/** Timestamps that no zone of the session's makes a year 0 of. */
const inYears = (digits: number) => microseconds(digits, [-62_000_000_000_000_000n, 253_000_000_000_000_000n]);

export const POSTGRES_KINDS: readonly ColumnKind[] = [
  integerKind('Int', 'SmallInt', 'int2', -32_768n, 32_767n),
  integerKind('Int', 'Integer', 'int4', -(2n ** 31n), 2n ** 31n - 1n),
  integerKind('Int', 'Oid', 'oid', 0n, 2n ** 32n - 1n),
  integerKind('BigInt', 'BigInt', 'int8', -(2n ** 63n), 2n ** 63n - 1n),
  textKind('', 'text'),
  textKind('Text', 'text', 'COLLATE "und-x-icu"'),
  textKind('Text', 'text', 'COLLATE ci'),
  textKind('VarChar', 'varchar(5)', 'COLLATE numeric_de', 5),
  textKind('Char', 'char(5)', undefined, 5),
  textKind('Citext', 'citext'),
  otherText('Uuid', 'uuid', [
    '00000000-0000-4000-8000-000000000000',
    'ffffffff-0000-4000-8000-0000000000ff',
    '0fffffff-0000-4000-8000-000000000001',
  ]),
  {
    ...otherText('Uuid', 'uuid', ['00000000-0000-4000-8000-000000000000']),
    samples: uuids.map((value) => ({ sql: `'${value}'::uuid`, value })),
  },
  otherText('Inet', 'inet', ['10.0.0.1', '10.0.0.1/8', '10.0.0.0/8', '::1', 'fe80::/10', '9.255.255.255']),
  otherText('Bit', 'bit(3)', ['000', '101', '111']),
  otherText('VarBit', 'varbit(8)', ['', '0', '1', '01', '10', '11111111']),
  otherText('Xml', 'xml', ['<a/>', '<a b="1">é</a>'], 'value'),
  timeKind('Timestamptz', 'timestamptz(6)', inYears(6)),
  timeKind('Timestamptz', 'timestamptz(3)', inYears(3)),
  timeKind('Timestamptz', 'timestamptz(0)', inYears(0)),
  timeKind('Timestamp', 'timestamp(6)', microseconds(6)),
  timeKind('Timestamp', 'timestamp(3)', microseconds(3)),
  timeKind('Date', 'date', daysOf()),
  timeKind('Time', 'time(6)', fc.oneof(timesOfDay(6), fc.constant(86_400_000_000n))),
  timeKind('Time', 'time(3)', timesOfDay(3)),
  floatKind('DoublePrecision', 'float8', fc.oneof({ weight: 4, arbitrary: doubles }, endless)),
  floatKind('Real', 'float4', fc.oneof({ weight: 4, arbitrary: floats }, endless)),
  decimalKind('Decimal', 'numeric(30,10)', decimals(20, 10)),
  decimalKind('Decimal', 'numeric', decimals(40, 40)),
  decimalKind('Money', 'money', decimals(12, 2)),
  {
    name: 'bool',
    field: { type: 'Boolean', native: 'Boolean' },
    ddl: 'bool',
    samples: fc.boolean().map((value) => ({ sql: String(value), value })),
    ...{ use: 'key', filter: 'equality', printed: (column) => `${column}::int::text`, readPrinted: String },
  },
  {
    name: 'bytea',
    field: { type: 'Bytes', native: 'ByteA' },
    ddl: 'bytea',
    samples: byteTexts().map((hex) => ({ sql: `'\\x${hex}'::bytea`, value: Uint8Array.from(Buffer.from(hex, 'hex')) })),
    ...{ use: 'key', filter: 'equality', printed: (column) => `encode(${column}, 'hex')`, readPrinted: String },
  },
  {
    name: 'enum',
    field: { type: 'enum', ...STATUS },
    ddl: 'status',
    samples: fc
      .constantFrom(...Object.keys(STATUS.values))
      .map((value) => ({ sql: `${quoted(storedStatus(value))}::status`, value })),
    ...{ use: 'key', filter: 'equality', printed: (column) => `${column}::text`, readPrinted: statusNamed },
  },
  jsonKind('json'),
  jsonKind('jsonb'),
];
