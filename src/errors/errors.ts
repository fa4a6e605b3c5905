/** The options of every error of this package. */
interface GrpcStreamErrorOptions {
  /** The underlying failure, for logs and `--verbose`. */
  readonly cause?: unknown;
  /** Things that the reader can do about it, one imperative sentence each. */
  readonly nextActions?: readonly string[];
}

/**
 * The root of every error that this package throws on purpose. A bug is an {@link InternalError}, outside this tree.
 *
 * @example
 * try { await generate(options) } catch (error) {
 *   if (error instanceof GrpcStreamError) console.error(error.code, error.message, error.nextActions);
 * }
 */
export class GrpcStreamError extends Error {
  override readonly name: string = 'GrpcStreamError';
  /** A stable, dotted identifier, such as `schema.syntax`. */
  readonly code: string;
  readonly nextActions: readonly string[];

  constructor(code: string, message: string, { cause, nextActions = [] }: GrpcStreamErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.nextActions = nextActions;
  }
}

/** A place in a file; the line counts from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
}

/** The Prisma schema cannot be read or cannot be streamed from. */
export class SchemaError extends GrpcStreamError {
  override readonly name = 'SchemaError';
  readonly location: SourceLocation | undefined;

  constructor(code: string, message: string, options: GrpcStreamErrorOptions & { location?: SourceLocation } = {}) {
    super(code, message, options);
    this.location = options.location;
  }
}

/** Code could not be generated or written. */
export class CodegenError extends GrpcStreamError {
  override readonly name = 'CodegenError';
}

/** The caller asked for something impossible: a wrong flag, a wrong configuration value. */
export class UsageError extends GrpcStreamError {
  override readonly name = 'UsageError';
}

/** The environment is not ready: no database, a port in use, a missing dependency. */
export class EnvironmentError extends GrpcStreamError {
  override readonly name = 'EnvironmentError';
}

/** A benchmark could not be run, or its rows were wrong. */
export class BenchError extends GrpcStreamError {
  override readonly name = 'BenchError';
}

/** The gRPC status names that a stream can end with, spelled as in the specification. */
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

/** The part of a stream that failed. */
export type StreamPhase = 'request' | 'database' | 'encode' | 'write' | 'shutdown';

/** An invalid field of a request, by its name in the proto, such as `after.id`. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** The options of a {@link StreamError}. */
export interface StreamErrorOptions extends GrpcStreamErrorOptions {
  readonly status: StreamStatus;
  readonly phase: StreamPhase;
  /** How long to wait before a retry, in milliseconds. Left out where a retry cannot succeed. */
  readonly retryAfterMs?: number;
  /** The invalid fields of the request. */
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

/** An internal invariant does not hold: always a bug in grpc-stream, never the user's mistake. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/**
 * A process may have several copies of this package, such as the command line's and that of the project it serves: an error of one copy is
 * an instance for all of them. A class that extends one of these knows its own instances alone, as any class does.
 */
function shareAmongCopies(name: string, Type: object & { readonly prototype: Error }): void {
  const brand = Symbol.for(`grpc-stream.${name}`);
  Object.defineProperty(Type.prototype, brand, { value: true });
  Object.defineProperty(Type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this === Type) return value instanceof Object && brand in value;
      return Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}

const tree = { GrpcStreamError, SchemaError, CodegenError, UsageError, EnvironmentError, BenchError, StreamError };
// By their keys: a bundler may shorten the names of classes.
for (const [name, Type] of Object.entries({ ...tree, InternalError })) shareAmongCopies(name, Type);

/** Ends the switch over a closed union: the compiler rejects a case that is not handled. */
export function assertNever(value: never): never {
  throw new InternalError(`unexpected value: ${JSON.stringify(value)}`);
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How a gRPC call ended, on one line for a terminal: the server's message without the empty note that grpc-js appends. */
export function callErrorText(error: unknown): string {
  const details: unknown = error instanceof Error ? Reflect.get(error, 'details') : undefined;
  const text = typeof details === 'string' && details !== '' ? details : messageOf(error);
  return text.replace(/\.? Resolution note: $/, '').replace(/\p{Cc}+/gu, ' ');
}
