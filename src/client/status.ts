import { status as GrpcStatus } from '@grpc/grpc-js';
import type { FieldViolation } from '../errors/index.js';
import { BadRequest, ErrorInfo, RetryInfo, Status } from '../runtime/status/generated/google-rpc.js';

/**
 * Milliseconds after which the client may try again (`google.rpc.RetryInfo`); undefined if the server did not say.
 *
 * @example
 * try { for await (const book of books.streamBooks()) save(book) } catch (error) {
 *   const delay = retryDelayOf(error);
 *   if (delay !== undefined) await setTimeout(delay);
 * }
 *
 */
export function retryDelayOf(error: unknown): number | undefined {
  const info = detailsOf(error, 'RetryInfo', RetryInfo).at(-1);
  if (!info) return undefined;
  const { seconds, nanos } = info.retryDelay ?? { seconds: 0, nanos: 0 };
  return seconds * 1000 + nanos / 1_000_000;
}

/**
 * The fields of the request that the server refused (`google.rpc.BadRequest`); empty if it named none.
 *
 * @example
 * for (const { field, description } of fieldViolationsOf(error)) console.error(`${field}: ${description}`);
 *
 */
export function fieldViolationsOf(error: unknown): readonly FieldViolation[] {
  return detailsOf(error, 'BadRequest', BadRequest).flatMap(({ fieldViolations }) => fieldViolations);
}

/**
 * The reason, for programs (`google.rpc.ErrorInfo`), such as `STREAM_DATABASE_STALLED`; undefined if the server gave none.
 *
 * @example
 * if (reasonOf(error) === 'STREAM_SHUTDOWN') console.error('the server is being replaced');
 *
 */
export function reasonOf(error: unknown): string | undefined {
  return detailsOf(error, 'ErrorInfo', ErrorInfo).at(-1)?.reason;
}

/**
 * The name of the status that a call ended with, such as `UNAVAILABLE`; undefined for anything that is not the error of a call.
 *
 * @example
 * if (statusOf(error) === 'UNAUTHENTICATED') await renewToken();
 */
export function statusOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'metadata' in error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'number' ? GrpcStatus[code] : undefined;
}

/** The details of one type that came with an error. */
function detailsOf<T>(error: unknown, type: string, { decode }: { decode(bytes: Uint8Array): T }): T[] {
  const trailer = detailsTrailerOf(error);
  if (!trailer) return [];
  try {
    const { details } = Status.decode(trailer);
    return details.filter(({ typeUrl }) => typeUrl.endsWith(`/google.rpc.${type}`)).map(({ value }) => decode(value));
  } catch {
    // A proxy or another server may send other bytes: then there are no details, only the status.
    return [];
  }
}

/** Checks for a `get` method, not for the class: a project may have another copy of grpc-js. */
function detailsTrailerOf(error: unknown): Uint8Array | undefined {
  const metadata: unknown = error instanceof Object ? Reflect.get(error, 'metadata') : undefined;
  const get: unknown = metadata instanceof Object ? Reflect.get(metadata, 'get') : undefined;
  const values: unknown = typeof get === 'function' ? get.call(metadata, 'grpc-status-details-bin') : undefined;
  const trailer: unknown = Array.isArray(values) ? values[0] : undefined;
  return trailer instanceof Uint8Array ? trailer : undefined;
}
