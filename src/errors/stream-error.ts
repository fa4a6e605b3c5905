import { GrpcStreamError, type GrpcStreamErrorOptions } from './errors.js';

/** The gRPC status names that a stream of ours can end with, spelled as the specification does. */
export type StreamStatus =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'ABORTED'
  | 'FAILED_PRECONDITION'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** Where in the stream it went wrong. */
export type StreamPhase = 'request' | 'database' | 'encode' | 'write' | 'shutdown';

/** A field of a request that was refused, by its name in the proto, such as `after.id`. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** What a {@link StreamError} carries beside its message. */
export interface StreamErrorOptions extends GrpcStreamErrorOptions {
  readonly status: StreamStatus;
  readonly phase: StreamPhase;
  /** The least time, in milliseconds, before asking again makes sense. Left out where asking again is no use. */
  readonly retryAfterMs?: number;
  /** What is wrong with the request, field by field. */
  readonly fieldViolations?: readonly FieldViolation[];
}

/**
 * The only error whose text reaches the wire; whatever else a handler throws becomes a generic INTERNAL,
 * with its details in the server's log. Its code, retry delay and field violations travel in the trailer `grpc-status-details-bin`.
 *
 * @example
 * throw new StreamError('stream.invalid_limit', 'limit must not be negative', { status: 'INVALID_ARGUMENT', phase: 'request' });
 */
export class StreamError extends GrpcStreamError {
  override readonly name = 'StreamError';
  readonly status: StreamStatus;
  readonly phase: StreamPhase;
  readonly retryAfterMs: number | undefined;
  readonly fieldViolations: readonly FieldViolation[];

  constructor(code: string, message: string, options: StreamErrorOptions) {
    super(code, message, options);
    this.status = options.status;
    this.phase = options.phase;
    this.retryAfterMs = options.retryAfterMs;
    this.fieldViolations = options.fieldViolations ?? [];
  }
}
