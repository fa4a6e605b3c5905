import { assertNever } from '../errors/index.js';
import type { ScalarType } from './stream-model.js';
import { formatTimestamp, parseTimestamp } from './timestamp.js';

/**
 * The field numbers of the messages that every model has: requests, partitions and batches. The `.proto` files are written from them, and
 * code that encodes or decodes such a message by hand reads them here. They never change.
 */
export const wireNumbers = {
  /** `Stream…sRequest` and `Stream…BatchesRequest`, which share all numbers. */
  streamRequest: {
    filter: 1,
    readMask: 2,
    order: 3,
    limit: 4,
    after: 5,
    partition: 6,
    consistency: 7,
    chunkSize: 8,
    checkInterval: 9,
    batchSize: 10,
    settled: 11,
  },
  /** `Stream…BatchesResponse`. */
  batch: { rows: 1 },
  /** `Partition…Request`. */
  partitionRequest: { count: 1, filter: 2 },
  /** `Partition…Response`. */
  partitionResponse: { partitions: 1 },
  /** A range of the key. */
  partition: { after: 1, upTo: 2 },
  /** The values of the enum `Consistency`. */
  consistency: { unspecified: 0, chunked: 1, snapshot: 2 },
} as const;

/** Adds a member to an object, whatever its name: `object.__proto__ = value` would change what the object is. */
export function setMember(object: object, name: string, value: unknown): void {
  if (name !== '__proto__') Reflect.set(object, name, value);
  else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}

/** Protobuf's wire types. */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A value in protobuf's JSON, which keeps every digit: 64 bits as text, bytes as base64, a time as ISO 8601. */
export type JsonScalar = string | number | boolean;

/** Converts a field of a message to protobuf's JSON. Not for fields of type `Json`, which are JSON already. */
export function scalarToJson(value: unknown): JsonScalar {
  if (value instanceof Date) return formatTimestamp(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : String(value);
}

/** Converts protobuf's JSON to the value of a message's field; undefined where it does not fit the type. */
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
