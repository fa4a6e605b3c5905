import { constants } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';
import { http2StreamOf, type InterceptedCall, statusOf } from '../../runtime/index.js';

/** Ends a call by an error. Its request is not waited for any more: one that never came would keep its HTTP/2 stream. */
export function refuseCall(call: InterceptedCall, error: unknown): void {
  const { code, details, metadata = new Metadata() } = statusOf(error, 0);
  call.sendStatus({ code, details, metadata });
  http2StreamOf(call)?.close(constants.NGHTTP2_NO_ERROR);
}
