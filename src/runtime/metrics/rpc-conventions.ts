import type { Attributes } from '@opentelemetry/api';

/** What a server is to blame for, as the semantic conventions for gRPC have it; the rest is the client's, or nobody's, doing. */
const SERVER_ERRORS = ['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'];

/** @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
export function rpcAttributes(method: string): Attributes {
  return { 'rpc.system.name': 'grpc', 'rpc.method': method };
}

/** How a call ended, by the same conventions. */
export function rpcOutcome(status: string): Attributes {
  return {
    'rpc.status_code': status,
    ...(isServerError(status) ? { 'error.type': status } : {}),
  };
}

export function isServerError(status: string): boolean {
  return SERVER_ERRORS.includes(status);
}
