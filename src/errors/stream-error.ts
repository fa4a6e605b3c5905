import { GrpcStreamError, type GrpcStreamErrorOptions } from './errors.js';

/** The gRPC status names that a stream of ours can end with, spelled as the specification does. */
export type StreamStatus =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'RESOURCE_EXHAUSTED'
  | 'ABORTED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** Where in the stream it went wrong. */
export type StreamPhase = 'request' | 'database' | 'encode' | 'write' | 'shutdown';

/**
 * The only error whose text reaches the wire; whatever else a handler throws becomes a generic INTERNAL,
 * with its details in the server's log.
 *
 * @example
 * throw new StreamError('stream.invalid_limit', 'limit must not be negative', { status: 'INVALID_ARGUMENT', phase: 'request' });
 */
export class StreamError extends GrpcStreamError {
  override readonly name = 'StreamError';
  readonly status: StreamStatus;
  readonly phase: StreamPhase;

  constructor(
    code: string,
    message: string,
    options: GrpcStreamErrorOptions & { readonly status: StreamStatus; readonly phase: StreamPhase },
  ) {
    super(code, message, options);
    this.status = options.status;
    this.phase = options.phase;
  }
}
