import { constants, type ServerHttp2Stream } from 'node:http2';
import { type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import { http2StreamOf } from '../internals/grpc-js.js';

/** A call as interceptors see it; grpc-js names it only as a parameter. */
export type InterceptedCall = Parameters<ServerInterceptor>[1];

/**
 * The status with which a call ended. Interceptors do not see every status: grpc-js itself answers when a request is too large or a deadline
 * has passed, a stream may be reset, and a client may leave.
 *
 * @param given The status that the interceptor saw, if any.
 */
export function statusAtEnd(call: InterceptedCall, given: Status | undefined): string {
  const stream = http2StreamOf(call);
  return Status[sentStatus(stream) ?? given ?? impliedStatus(call, stream)] ?? 'UNKNOWN';
}

/** The status that was sent. */
function sentStatus(stream: ServerHttp2Stream | undefined): Status | undefined {
  const sent = stream?.sentTrailers?.['grpc-status'] ?? stream?.sentHeaders?.['grpc-status'];
  return sent === undefined ? undefined : Number(sent);
}

function impliedStatus(call: InterceptedCall, stream: ServerHttp2Stream | undefined): Status {
  // The server resets the stream of a client that does not read with this code; the client sees this status.
  if (stream?.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) return Status.RESOURCE_EXHAUSTED;
  return Number(call.getDeadline()) <= Date.now() ? Status.DEADLINE_EXCEEDED : Status.CANCELLED;
}
