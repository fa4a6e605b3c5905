import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { status as GrpcStatus, Metadata } from '@grpc/grpc-js';
import { StreamError } from '../../errors/index.js';
import { screamingSnakeCase } from '../../model/index.js';
import { databaseErrorOf } from '../database/database-failure.js';
import { type Any, BadRequest, type Duration, ErrorInfo, RetryInfo, Status } from './generated/google-rpc.js';
import { StreamStopped, stopError } from './stream-stopped.js';

/** The status that a client gets when a stream ends. */
export interface WireStatus {
  readonly code: GrpcStatus;
  readonly name: string;
  readonly details: string;
  readonly metadata?: Metadata;
}

/**
 * Only the text of a {@link StreamError} reaches the wire; other errors stay in the log. When the database did not answer, the client learns
 * that, and when to try again.
 */
export function statusOf(error: unknown, yieldTimeout: number): WireStatus {
  const known = knownError(error, yieldTimeout);
  if (!known) return { code: GrpcStatus.INTERNAL, name: 'INTERNAL', details: 'internal error' };
  const details = [known.message, ...known.nextActions].join('; ');
  const code = GrpcStatus[known.status];
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(statusDetails(known, { code, message: details })));
  return { code, name: known.status, details, metadata };
}

function knownError(error: unknown, yieldTimeout: number): StreamError | undefined {
  if (error instanceof StreamStopped) return stopError(error.stop, yieldTimeout);
  return error instanceof StreamError ? error : databaseErrorOf(error);
}

/** The domain of the reasons, for `google.rpc.ErrorInfo`. */
const DOMAIN = 'grpc-stream';

/** Many clients refuse trailers over 8 KiB, and then see neither the details nor the status. */
const MAX_VIOLATIONS = 16;

/**
 * A serialised `google.rpc.Status` for the trailer `grpc-status-details-bin`, which every gRPC library can read: the reason (`ErrorInfo`),
 * when to try again (`RetryInfo`), and which fields were wrong (`BadRequest`).
 */
export function statusDetails(
  { code: reason, retryAfterMs, fieldViolations }: Pick<StreamError, 'code' | 'retryAfterMs' | 'fieldViolations'>,
  { code, message }: { readonly code: number; readonly message: string },
): Uint8Array {
  // `stream.database_stalled` → `STREAM_DATABASE_STALLED`, the form of such reasons.
  const details = [detail('ErrorInfo', ErrorInfo.encode({ reason: screamingSnakeCase(reason), domain: DOMAIN }))];
  if (retryAfterMs !== undefined) {
    details.push(detail('RetryInfo', RetryInfo.encode({ retryDelay: durationOf(retryAfterMs) })));
  }
  if (fieldViolations.length > 0) {
    const violations = fieldViolations.slice(0, MAX_VIOLATIONS);
    details.push(detail('BadRequest', BadRequest.encode({ fieldViolations: violations })));
  }
  return Status.encode({ code, message, details }).finish();
}

function detail(type: string, writer: BinaryWriter): Any {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value: writer.finish() };
}

function durationOf(retryAfterMs: number): Duration {
  const milliseconds = Math.max(0, Math.round(retryAfterMs));
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1_000_000 };
}
