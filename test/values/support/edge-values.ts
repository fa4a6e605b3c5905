import { Decimal } from '@prisma/client/runtime/client';
import fc from 'fast-check';
import { anyJson, decimalText } from '../../support/everything.js';

/** A model of every scalar, required and optional. */
export const EDGES_MODEL = `
enum Mood {
  CALM
  NOT_CALM @map("not calm")
}

model Edge {
  id Int @id
  text String
  flag Boolean
  int Int
  big BigInt
  float Float
  exact Decimal
  at DateTime
  json Json
  bytes Bytes
  mood Mood
  maybeText String?
  maybeFlag Boolean?
  maybeInt Int?
  maybeBig BigInt?
  maybeFloat Float?
  maybeExact Decimal?
  maybeAt DateTime?
  maybeJson Json?
  maybeBytes Bytes?
  maybeMood Mood?
}
`;

/** One million characters, of which some take four bytes. */
const LARGE_TEXT = 'a€😀\u0301'.repeat(200_000);

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map(withoutNul) },
  {
    weight: 6,
    arbitrary: fc.constantFrom('', ' ', '\t\r\n', '\u007f', '\uffff', '\u{10ffff}', 'e\u0301', '\u202e', "'; --", '\\'),
  },
  { weight: 1, arbitrary: fc.constant(LARGE_TEXT) },
);
const int = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)));
const big = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
/** As Prisma writes them: of more digits it writes the neighbour. Those that have all digits are written by SQL. */
const float = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e290, max: 1e290 })
    .map((value) => short(Math.abs(value) < 1e-290 ? 0 : value)),
  fc.constantFrom(0, 0.1, -1.5, 2 ** 53),
);
const at = fc.oneof(
  fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
  fc.constantFrom(
    ...[0, -1, -999, -1000, -1001, 999, -62_135_596_800_000, 253_402_300_799_999].map((ms) => new Date(ms)),
  ),
);
const bytes = fc.oneof(fc.uint8Array(), fc.constantFrom(new Uint8Array(0), new Uint8Array(1), new Uint8Array(1000)));

/** A row that has a value, or null, in every column. */
export function edgeRow({ exact }: { readonly exact: fc.Arbitrary<string> }): fc.Arbitrary<Record<string, unknown>> {
  const kinds = {
    text,
    flag: fc.boolean(),
    int,
    big,
    float,
    exact: exact.map((digits) => new Decimal(digits)),
    at,
    json: anyJson.map(short).filter((value) => value !== null && isStorable(value)),
    bytes,
    mood: fc.constantFrom('CALM', 'NOT_CALM'),
  };
  const maybe = Object.entries(kinds).map(([name, kind]) => [
    `maybe${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    fc.option(kind as fc.Arbitrary<unknown>, { nil: null }),
  ]);
  return fc.record({ ...kinds, ...Object.fromEntries(maybe) });
}

/** Thirty digits and more, with and without a fraction. */
export const anyExact = fc.oneof(
  decimalText.filter((digits) => Math.abs(Number(digits)) < 1e30 && !/\.\d{31}/.test(digits)),
  fc.constantFrom('0', '-0.000000000000000000000000000001', '123456789012345678901234567890', '0.1'),
);

/** No column of text holds it, in PostgreSQL at least. */
function withoutNul(value: string): string {
  return value.replaceAll('\0', '');
}

/** Prisma itself writes a number of more digits in JSON as its neighbour. */
function short(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(12));
  if (Array.isArray(value)) return value.map(short);
  if (!(value instanceof Object)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, short(inner)]));
}

function isStorable(value: unknown): boolean {
  const json = JSON.stringify(value);
  return !/\\u(0000|d[89a-f])/.test(json) && Buffer.from(json).toString() === json;
}

/** What ts-proto's types make of a row. */
export function asMessage(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, messageValue(value)]));
}

function messageValue(value: unknown): unknown {
  if (value instanceof Decimal) return value.toFixed();
  if (value instanceof Uint8Array) return [...value];
  if (value === 'CALM' || value === 'NOT_CALM') return `MOOD_${value}`;
  return value;
}

/** What a consumer received, so that bytes compare as numbers. */
export function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]),
  );
}
