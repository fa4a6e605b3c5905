import fc from 'fast-check';
import { dateOfNanoseconds } from '../../../src/model/index.js';
import type { ModelField } from '../../../src/runtime/index.js';

/** One value: as SQL that is written by hand says it, and as a message holds it. */
export interface Sample {
  readonly sql: string;
  /** A Date with its microseconds, a bigint, a decimal's digits, an enum's name, bytes, JSON. */
  readonly value: unknown;
}

/** What one kind of column may hold. */
export interface ColumnKind {
  /** For messages. */
  readonly name: string;
  readonly field: Pick<ModelField, 'type' | 'native' | 'values' | 'stored'>;
  /** Its type in CREATE TABLE, and behind it a collation. */
  readonly ddl: string;
  readonly collate?: string;
  readonly samples: fc.Arbitrary<Sample>;
  /** Whether rows can be ordered by it, and be told apart. */
  readonly use: 'key' | 'order' | 'value';
  /** What a filter may ask of it. */
  readonly filter: 'text' | 'ordered' | 'equality' | 'none';
  /** SQL that prints a value, whatever the client beside it makes of the type. */
  printed(column: string): string;
  /** What was printed, in the form of {@link canonical}. */
  readPrinted(printed: unknown): string;
  /** A second column that holds what the value means, for filters, where the database itself does not know. */
  readonly meaning?: (value: unknown) => string;
  /** Whether other forms of the same value may stand beside it, of which a place cannot say which it means. */
  readonly hasForms?: boolean;
}

/** Microseconds since 1970. */
const [FIRST_MICRO, LAST_MICRO] = [-62_135_596_800_000_000n, 253_402_300_799_999_999n];

const DAY = 86_400_000_000n;

const atUtc = (text: string, micros = 0n) => BigInt(Date.parse(`${text}Z`)) * 1000n + micros;

/** Where the clocks of New York go back and forth, and the ends of what a date and a millisecond can be. */
const TIMES = [
  ...['2024-11-03T05:30:00', '2024-11-03T06:30:00', '2024-03-10T06:59:59', '2024-03-10T07:00:00'].map((t) => atUtc(t)),
  ...[123_456n, 123_457n, 999_999n, 1n].map((micros) => atUtc('2024-11-03T05:30:00', micros)),
  ...[0n, -1n, 1n, -1000n, 999n, 1_000_000n, -1_000_001n],
];

/** Times of so many digits behind the second, in microseconds, that tie and differ by little. */
export function microseconds(digits: number, [first, last] = [FIRST_MICRO, LAST_MICRO]): fc.Arbitrary<bigint> {
  const unit = 10n ** BigInt(6 - digits);
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.constantFrom(...TIMES, first, last) },
      { weight: 1, arbitrary: fc.bigInt({ min: first, max: last }) },
    )
    .filter((micros) => micros >= first && micros <= last)
    .map((micros) => micros - (((micros % unit) + unit) % unit))
    .filter((micros) => micros >= first);
}

export const daysOf = (first = FIRST_MICRO, last = LAST_MICRO) =>
  microseconds(6, [first, last])
    .map((micros) => micros - (((micros % DAY) + DAY) % DAY))
    .filter((micros) => micros >= first);

export const timesOfDay = (digits: number) => microseconds(digits).map((micros) => ((micros % DAY) + DAY) % DAY);

/** `2024-01-31 10:20:30.123456` */
export function timeText(micros: bigint, digits = 6, separator = ' '): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  const behind = digits > 0 ? `.${String(fraction).padStart(6, '0').slice(0, digits)}` : '';
  return seconds.replace('T', separator) + behind;
}

export const timeValue = (micros: bigint) => dateOfNanoseconds(micros * 1000n);

export const integers = (least: bigint, most: bigint) =>
  fc.oneof(
    fc.constantFrom(least, most, 0n, 1n, least + 1n, most - 1n).filter((value) => value >= least && value <= most),
    fc.bigInt({ min: least, max: most }),
  );

/** Doubles that print in many ways. */
export const doubles = fc.oneof(
  fc.constantFrom(0, -0, 0.1, 0.30000000000000004, 1e14, 1e16, 1.5, -1.5, 2 ** 53, 2 ** 64, Number.MAX_VALUE, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** The same of four bytes. */
export const floats = fc.oneof(
  fc.constantFrom(0, 0.1, 1.5, -1.5, 16_777_216, 16_777_217, 1e30, 1e-30, 3.14, 2 ** -149).map(Math.fround),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);

export const endless = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

/** Texts that collations and LIKE take for each other, or for something else. */
export const texts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['', 'a', 'A', 'b', 'B', 'é', 'e', 'É', 'ss', 'ß', 'st', 'ä', 'ae', 'z', 'a ', ' a', 'a-b', 'ab', 'a b'],
      ...['10', '9', '50%', '50x', 'a_b', 'axb', 'a\\b', 'a!b', "o'clock", '%', '_', '\\', '!', '"', '$1', '?', '€'],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'aAbéß%_ \\!😀€\u0301'), maxLength: 8 }) },
);

/** The same with a character that PostgreSQL knows no texts with. */
export const textsWithZero = fc.oneof({ weight: 9, arbitrary: texts }, fc.constantFrom('a\0b', '\0', 'a\0'));

export const uuids = fc
  .array(fc.constantFrom(...'09af'), { minLength: 2, maxLength: 2 })
  .map(([first, last]) => `${first}0000000-0000-4000-8000-00000000000${last}`);

export const byteTexts = (least = 0, most = 4) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((bytes) => Buffer.from(bytes).toString('hex'));

/** Digits of a decimal, with as many behind its point as there may be. */
export const decimals = (whole: number, scale: number) =>
  fc
    .tuple(
      fc.oneof(fc.constantFrom(0n, 1n, 10n, 15n, 100n), fc.bigInt({ min: 0n, max: 10n ** BigInt(whole + scale) - 1n })),
      fc.integer({ min: 0, max: scale }),
      fc.boolean(),
    )
    .filter(([digits, places]) => String(digits).length - places <= whole)
    .map(([digits, places, isNegative]) => {
      const text = String(digits).padStart(places + 1, '0');
      const plain = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
      return isNegative && digits !== 0n ? `-${plain}` : plain;
    });

/** JSON of a few shapes, whose numbers are doubles. */
export const jsons: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, 0, -1.5, 1e21, '', 'é😀', {}, [], 12_345_678_901, 0.1),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('', 'a', 'b', 'constructor', 'ключ'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** The column beside another that holds what its values mean. */
export const meaningColumn = (sql: string) => `${sql.slice(0, -1)} means"`;

/** A text in quotes, as standard SQL has it. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** One text for each value that can be told from others, whatever the type of either side. */
export function canonical(type: ModelField['type'], value: unknown): string {
  switch (type) {
    case 'String':
      return hexOf(Buffer.from(String(value)));
    case 'Bytes':
      return hexOf(value as Uint8Array);
    case 'Float':
      return bitsOf(Number(value));
    case 'Json':
      return JSON.stringify(sorted(value));
    case 'DateTime': {
      const { seconds, nanos } = value as { readonly seconds: bigint; readonly nanos: number };
      return String(seconds * 1_000_000_000n + BigInt(nanos));
    }
    case 'Boolean':
      return value ? '1' : '0';
    default:
      return String(value);
  }
}

export const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

export function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return hexOf(bytes);
}

/** Digits without zeros that say nothing. */
export function trimmedDecimal(text: string): string {
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return /^-0*$/.test(trimmed) ? '0' : trimmed;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!(value instanceof Object)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { object: entries.map(([key, inner]) => [key, sorted(inner)]) };
}

export function canonicalJson(text: unknown): string {
  return JSON.stringify(sorted(JSON.parse(String(text))));
}
