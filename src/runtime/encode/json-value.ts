import type { ByteWriter } from './byte-writer.js';
import { UnreadableValue } from './unreadable-value.js';

/** Tags of `google.protobuf.Value`, `Struct`, its map entries, and `ListValue`: field number shifted by three, plus wire type. */
const Tag = {
  nullValue: 0x08,
  numberValue: 0x11,
  stringValue: 0x1a,
  boolValue: 0x20,
  structValue: 0x2a,
  listValue: 0x32,
  structEntry: 0x0a,
  entryKey: 0x0a,
  entryValue: 0x12,
  listItem: 0x0a,
} as const;

/**
 * How deeply messages may nest below a row. Most clients read a hundred levels, of which the row in its batch is one; a list takes two
 * levels, an object three.
 */
const MOST_MESSAGES = 99;

/**
 * Writes a JSON value as the content of a `google.protobuf.Value`; JSON's null is a value, unlike an absent field.
 *
 * @throws UnreadableValue for a value that nests deeper than clients read.
 */
export function encodeJsonValue(writer: ByteWriter, value: unknown, depth = 1): void {
  if (depth > MOST_MESSAGES) throw tooDeep();
  if (value === null || value === undefined) {
    writer.byte(Tag.nullValue);
    writer.byte(0);
  } else if (typeof value === 'number') {
    writer.byte(Tag.numberValue);
    writer.double(value);
  } else if (typeof value === 'string') {
    writer.byte(Tag.stringValue);
    writer.string(value);
  } else if (typeof value === 'boolean') {
    writer.byte(Tag.boolValue);
    writer.byte(value ? 1 : 0);
  } else if (Array.isArray(value)) {
    encodeList(writer, value, depth + 1);
  } else {
    encodeStruct(writer, value, depth + 1);
  }
}

function tooDeep(): UnreadableValue {
  return new UnreadableValue(
    'holds JSON that nests deeper than protobuf clients read, which is about 49 lists or 32 objects',
  );
}

function encodeList(writer: ByteWriter, items: readonly unknown[], depth: number): void {
  if (depth > MOST_MESSAGES) throw tooDeep();
  writer.byte(Tag.listValue);
  const list = writer.open();
  for (const item of items) encodeNested(writer, Tag.listItem, item, depth + 1);
  writer.close(list);
}

function encodeStruct(writer: ByteWriter, value: object, depth: number): void {
  if (depth > MOST_MESSAGES) throw tooDeep();
  writer.byte(Tag.structValue);
  const struct = writer.open();
  for (const [key, inner] of Object.entries(value)) {
    writer.byte(Tag.structEntry);
    const entry = writer.open();
    // An empty key is the field's default, which proto3 omits.
    if (key !== '') {
      writer.byte(Tag.entryKey);
      writer.string(key);
    }
    encodeNested(writer, Tag.entryValue, inner, depth + 2);
    writer.close(entry);
  }
  writer.close(struct);
}

function encodeNested(writer: ByteWriter, tag: number, value: unknown, depth: number): void {
  writer.byte(tag);
  const start = writer.open();
  encodeJsonValue(writer, value, depth);
  writer.close(start);
}

/**
 * Parses JSON as a database stores it.
 *
 * @throws UnreadableValue for text that is not JSON, and for a number that loses digits as a double, the only number that a
 * `google.protobuf.Value` can hold.
 */
export function parseJson(text: string): unknown {
  if (LONG_NUMBER.test(text)) assertExactNumbers(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableValue('holds text that is not JSON');
  }
}

/** A double has 15 to 17 significant digits: only a longer number, or one with an exponent, can lose digits. */
const LONG_NUMBER = /[\d.]{16}|\d[eE][+-]?\d/;

/** The strings of a JSON text, which are skipped, and its numbers. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function assertExactNumbers(text: string): void {
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.startsWith('"') || isExact(token)) continue;
    throw new UnreadableValue(
      'holds JSON with a number of more digits than a google.protobuf.Value keeps; store it as a text',
    );
  }
}

function isExact(token: string): boolean {
  const number = Number(token);
  // As a text, -0 is 0.
  return Object.is(number, -0) ? /^-[0.]+(e|$)/i.test(token) : plainDecimal(token) === plainDecimal(String(number));
}

/** A decimal without exponent, without a plus, and without zeros that mean nothing, as Prisma's Decimal prints it. */
export function plainDecimal(text: string): string {
  if (AS_DATABASES_PRINT.test(text)) return text.includes('.') ? withoutZeros(text) : text;
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const left = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const right = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const plain = [left.replace(/^0+(?=\d)/, ''), right.replace(/0+$/, '')].filter((part) => part !== '').join('.');
  return sign === '-' ? `-${plain}` : plain;
}

/** Without an exponent, a plus, or zeros before the whole part. */
const AS_DATABASES_PRINT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** Removes the zeros at the end of a fraction, and its point when nothing is left behind it. */
function withoutZeros(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end--;
  return text.slice(0, text.charCodeAt(end - 1) === DOT ? end - 1 : end);
}

const [ZERO, DOT] = [48, 46] as const;
