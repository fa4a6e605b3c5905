import { assertNever } from '../errors/index.js';
import type { ScalarType } from './stream-model.js';
import { formatTimestamp, parseTimestamp } from './timestamp.js';

/** What a value is in protobuf's JSON, where no digit is lost: 64 bits as text, bytes as base64, a time as ISO 8601. */
export type JsonScalar = string | number | boolean;

/** A value of a message, but for JSON's own, as protobuf's JSON has it. */
export function scalarToJson(value: unknown): JsonScalar {
  if (value instanceof Date) return formatTimestamp(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : String(value);
}

/** The value of a message that protobuf's JSON stands for; undefined where it is not of the type. */
export function scalarFromJson(json: unknown, type: ScalarType | 'enum'): unknown {
  switch (type) {
    case 'String':
    case 'enum':
      return typeof json === 'string' ? json : undefined;
    case 'Decimal':
      return typeof json === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(json) ? json : undefined;
    case 'Json':
      return json;
    case 'Boolean':
      return typeof json === 'boolean' ? json : undefined;
    case 'Int':
      return Number.isInteger(json) ? json : undefined;
    case 'Float':
      return typeof json === 'number' || /^(-?Infinity|NaN)$/.test(String(json)) ? Number(json) : undefined;
    case 'BigInt':
      return Number.isSafeInteger(json) || /^-?\d+$/.test(String(json)) ? BigInt(String(json)) : undefined;
    case 'Bytes':
      return typeof json === 'string' ? Buffer.from(json, 'base64') : undefined;
    case 'DateTime':
      return typeof json === 'string' ? (parseTimestamp(json) ?? otherDate(json)) : undefined;
    default:
      return assertNever(type);
  }
}

/** Other forms that JavaScript reads, such as a date alone. */
function otherDate(text: string): Date | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
