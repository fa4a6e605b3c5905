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

/** Writes a JSON value as the content of a `google.protobuf.Value`; JSON's null is a value, unlike an absent field. */
export function encodeJsonValue(writer: ByteWriter, value: unknown): void {
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
    encodeList(writer, value);
  } else {
    encodeStruct(writer, value);
  }
}

function encodeList(writer: ByteWriter, items: readonly unknown[]): void {
  writer.byte(Tag.listValue);
  const list = writer.open();
  for (const item of items) encodeNested(writer, Tag.listItem, item);
  writer.close(list);
}

function encodeStruct(writer: ByteWriter, value: object): void {
  writer.byte(Tag.structValue);
  const struct = writer.open();
  for (const [key, inner] of Object.entries(value)) {
    writer.byte(Tag.structEntry);
    const entry = writer.open();
    // An empty key is the default of its field, which proto3 leaves out.
    if (key !== '') {
      writer.byte(Tag.entryKey);
      writer.string(key);
    }
    encodeNested(writer, Tag.entryValue, inner);
    writer.close(entry);
  }
  writer.close(struct);
}

function encodeNested(writer: ByteWriter, tag: number, value: unknown): void {
  writer.byte(tag);
  const start = writer.open();
  encodeJsonValue(writer, value);
  writer.close(start);
}

/**
 * Parses JSON as a database stores it.
 *
 * @throws UnreadableValue for text that is no JSON, and for a number that loses digits as a double, which is all that a
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

/** A double has 15 to 17 significant digits: only numbers that are longer, or have an exponent, can lose any. */
const LONG_NUMBER = /[\d.]{16}|\d[eE][+-]?\d/;

/** The strings of a JSON text, which are passed over, and its numbers. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function assertExactNumbers(text: string): void {
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.startsWith('"') || plainDecimal(token) === plainDecimal(String(Number(token)))) continue;
    throw new UnreadableValue(
      'holds JSON with a number of more digits than a google.protobuf.Value keeps; store it as a text',
    );
  }
}

/** A decimal without exponent, without a plus, and without zeros that mean nothing, as Prisma's Decimal prints it. */
export function plainDecimal(text: string): string {
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
