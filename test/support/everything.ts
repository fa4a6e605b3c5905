import { Decimal } from '@prisma/client/runtime/client';
import fc from 'fast-check';

/** A model with every type that Prisma has: required, optional and as a list; enough of them for tags of two bytes. */
export const EVERYTHING_SCHEMA = `
datasource db {
  provider = "postgresql"
}

enum Mood {
  CALM
  NOT_CALM
  onEdge
}

model Everything {
  id Int
  part String
  aString String
  aBoolean Boolean
  anInt Int
  aBigInt BigInt
  aFloat Float
  aDecimal Decimal
  aDateTime DateTime
  aJson Json
  aBytes Bytes
  aMood Mood
  maybeString String?
  maybeBoolean Boolean?
  maybeInt Int?
  maybeBigInt BigInt?
  maybeFloat Float?
  maybeDecimal Decimal?
  maybeDateTime DateTime?
  maybeJson Json?
  maybeBytes Bytes?
  maybeMood Mood?
  someString String[]
  someBoolean Boolean[]
  someInt Int[]
  someBigInt BigInt[]
  someFloat Float[]
  someDecimal Decimal[]
  someDateTime DateTime[]
  someJson Json[]
  someBytes Bytes[]
  someMood Mood[]

  @@id([part, id])
}
`;

export type Values = Record<string, unknown>;

/** Where the ways of writing a string part: by hand or by Node, one or two or three bytes of length. */
const LENGTHS = [0, 1, 23, 24, 25, 41, 42, 43, 63, 64, 65, 126, 127, 128, 129, 5461, 5462, 16383, 16384, 16385];
const UNITS = ['a', '\u007f', 'é', '߿', '€', '\uffff', '😀', '\ud800', '\udc00', '\0'];

const anyString = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .tuple(fc.constantFrom(...LENGTHS), fc.constantFrom(...UNITS), fc.constantFrom('', ...UNITS))
    .map(([length, unit, last]) => unit.repeat(length).slice(0, length) + last),
);

const anyInt = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 1, -1, 127, 128, 16383, 16384, 2 ** 21, 2 ** 28, 2 ** 31 - 1, -(2 ** 31)),
);

const anyBigInt = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(
    ...[
      0n,
      1n,
      -1n,
      127n,
      128n,
      2n ** 31n,
      2n ** 32n,
      2n ** 32n - 1n,
      2n ** 35n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
    ],
    ...[-(2n ** 53n), -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  ),
);

const anyFloat = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE, 1, -1),
);

/** Texts of decimals in the form that has every digit and no exponent. */
export const decimalText = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 35 }))
  .map(([digits, scale]) => {
    const sign = digits < 0n ? '-' : '';
    const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
    const whole = text.slice(0, text.length - scale);
    const fraction = scale > 0 ? text.slice(-scale).replace(/0+$/, '') : '';
    return `${digits === 0n ? '' : sign}${whole}${fraction ? `.${fraction}` : ''}`;
  });

const anyDate = fc.oneof(
  fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
  fc.constantFrom(
    ...[0, 1, -1, 999, -999, 1000, -1000, -1001, 2 ** 31 * 1000, -(2 ** 31) * 1000 - 1].map((ms) => new Date(ms)),
  ),
);

/** JavaScript gives this key a meaning of its own, in the generated decoder too. */
const isPlainKey = (key: string) => key !== '__proto__';

const jsonKey = fc.oneof(fc.string(), fc.constantFrom('', 'a', 'nested', 'ключ')).filter(isPlainKey);
export const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<unknown>(null, true, false, 0, -1.5, 1e300, '', {}, []),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(jsonKey, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** JSON without null in objects, which ts-proto's codec loses both ways; those are tested apart from it. */
const anyTsProtoJson = anyJson.map(withoutNulls);

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!(value instanceof Object)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNulls(inner) ?? false]));
}

const anyBytes = fc.oneof(
  fc.uint8Array(),
  fc.constantFrom(0, 1, 127, 128, 16384).map((size) => new Uint8Array(size).fill(7)),
);
const anyMood = fc.constantFrom('CALM', 'NOT_CALM', 'onEdge');

const kinds: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  String: anyString,
  Boolean: fc.boolean(),
  Int: anyInt,
  BigInt: anyBigInt,
  Float: anyFloat,
  Decimal: decimalText.map((text) => new Decimal(text)),
  DateTime: anyDate,
  Json: anyTsProtoJson,
  Bytes: anyBytes,
  Mood: anyMood,
};

/** Rows as Prisma's client returns them. */
export const everythingRow: fc.Arbitrary<Values> = fc.record({
  id: anyInt,
  part: anyString,
  ...named('a', (kind) => kind),
  ...named('maybe', (kind) => fc.option(kind, { nil: null })),
  ...named('some', (kind) => fc.array(kind, { maxLength: 5 })),
  // A row's null is a column's NULL: Prisma's client does not tell it from JSON's null.
  aJson: anyTsProtoJson.filter((value) => value !== null),
});

function named(prefix: string, make: (kind: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>) {
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      `${prefix === 'a' && name === 'Int' ? 'an' : prefix}${name}`,
      make(kind),
    ]),
  );
}

/** The message of a row, as ts-proto's types have it. */
export function messageOfRow(row: Values): Values {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, convert(name, value)]));
}

const PROTO_MOODS: Readonly<Record<string, string>> = {
  CALM: 'MOOD_CALM',
  NOT_CALM: 'MOOD_NOT_CALM',
  onEdge: 'MOOD_ON_EDGE',
};

function convert(name: string, value: unknown): unknown {
  if (name.endsWith('Json')) return value;
  if (Array.isArray(value)) return value.map((item) => convert(name, item));
  if (value instanceof Decimal) return value.toFixed();
  if (name.endsWith('Mood') && typeof value === 'string') return PROTO_MOODS[value];
  return value;
}

/** What a consumer gets: what UTF-8 cannot say becomes U+FFFD, and bytes are compared as numbers. */
export function asReceived(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('utf8');
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(asReceived);
  if (value instanceof Object)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [asReceived(key), asReceived(inner)]));
  return value;
}
