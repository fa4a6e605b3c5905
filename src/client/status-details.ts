import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { status as Status } from '@grpc/grpc-js';
import type { FieldViolation } from '../errors/index.js';

/** What a server says of an error beside its status and text. */
interface StatusDetails {
  retryDelayMs?: number;
  reason?: string;
  readonly fieldViolations: FieldViolation[];
}

/**
 * Milliseconds after which the server wants to be asked again (`google.rpc.RetryInfo`); undefined where it did not say so.
 *
 * @example
 * try { for await (const book of books.streamBooks()) save(book) } catch (error) {
 *   const delay = retryDelayOf(error);
 *   if (delay !== undefined) await setTimeout(delay);
 * }
 */
export function retryDelayOf(error: unknown): number | undefined {
  return detailsOf(error).retryDelayMs;
}

/**
 * The fields of the request that the server refused (`google.rpc.BadRequest`); empty where it named none.
 *
 * @example
 * for (const { field, description } of fieldViolationsOf(error)) console.error(`${field}: ${description}`);
 */
export function fieldViolationsOf(error: unknown): readonly FieldViolation[] {
  return detailsOf(error).fieldViolations;
}

/**
 * Why, as a word for programs (`google.rpc.ErrorInfo`), such as `STREAM_DATABASE_STALLED`; undefined where the server gave none.
 *
 * @example
 * if (reasonOf(error) === 'STREAM_SHUTDOWN') console.error('the server is being replaced');
 */
export function reasonOf(error: unknown): string | undefined {
  return detailsOf(error).reason;
}

/**
 * The name of the status that a call ended with, such as `UNAVAILABLE`; undefined for anything that is no error of a call.
 *
 * @example
 * if (statusOf(error) === 'UNAUTHENTICATED') await renewToken();
 */
export function statusOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'metadata' in error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'number' ? Status[code] : undefined;
}

function detailsOf(error: unknown): StatusDetails {
  const none = { fieldViolations: [] };
  const metadata: unknown = error instanceof Object ? Reflect.get(error, 'metadata') : undefined;
  const trailer = trailerIn(metadata);
  if (!trailer) return none;
  try {
    return readStatus(trailer);
  } catch {
    // Bytes that are no Status come from a proxy or a foreign server: they say nothing, and the status itself stands.
    return none;
  }
}

/** By its shape: a project may have a grpc-js of its own beside ours. */
function trailerIn(metadata: unknown): Uint8Array | undefined {
  const get: unknown = metadata instanceof Object ? Reflect.get(metadata, 'get') : undefined;
  const values: unknown = typeof get === 'function' ? get.call(metadata, 'grpc-status-details-bin') : undefined;
  const trailer: unknown = Array.isArray(values) ? values[0] : undefined;
  return trailer instanceof Uint8Array ? trailer : undefined;
}

/** `google.rpc.Status`: its third field holds the details, each a `google.protobuf.Any`. */
function readStatus(bytes: Uint8Array): StatusDetails {
  const details: StatusDetails = { fieldViolations: [] };
  for (const detail of valuesOf(bytes)[3] ?? []) {
    const any = valuesOf(bytesOf(detail));
    readDetail(textOf(any[1]?.[0]), valuesOf(bytesOf(any[2]?.[0])), details);
  }
  return details;
}

function readDetail(type: string, fields: FieldValues, details: StatusDetails): void {
  const values = fields[1] ?? [];
  switch (type.slice(type.lastIndexOf('/') + 1)) {
    case 'google.rpc.ErrorInfo':
      details.reason = textOf(values[0]);
      break;
    case 'google.rpc.RetryInfo':
      details.retryDelayMs = readDuration(valuesOf(bytesOf(values[0])));
      break;
    case 'google.rpc.BadRequest':
      details.fieldViolations.push(...values.map((value) => readViolation(valuesOf(bytesOf(value)))));
      break;
  }
}

function readDuration(fields: FieldValues): number {
  return Number(fields[1]?.[0] ?? 0) * 1000 + Number(fields[2]?.[0] ?? 0) / 1_000_000;
}

function readViolation(fields: FieldValues): FieldViolation {
  return { field: textOf(fields[1]?.[0]), description: textOf(fields[2]?.[0]) };
}

/** What a message's fields hold, by number, in the order in which they came: a varint, or the bytes of anything longer. */
type FieldValues = Readonly<Record<number, readonly (bigint | Uint8Array)[] | undefined>>;

function valuesOf(bytes: Uint8Array): FieldValues {
  const reader = new BinaryReader(bytes);
  const values: Record<number, (bigint | Uint8Array)[]> = {};
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const value = readValue(reader, number, wireType);
    if (value === undefined) continue;
    const earlier = values[number];
    if (earlier) earlier.push(value);
    else values[number] = [value];
  }
  return values;
}

function readValue(reader: BinaryReader, number: number, wireType: WireType): bigint | Uint8Array | undefined {
  if (wireType === WireType.Varint) return BigInt(reader.int64());
  if (wireType === WireType.LengthDelimited) return reader.bytes();
  reader.skip(wireType, number);
  return undefined;
}

function bytesOf(value: bigint | Uint8Array | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function textOf(value: bigint | Uint8Array | undefined): string {
  return new TextDecoder().decode(bytesOf(value));
}
