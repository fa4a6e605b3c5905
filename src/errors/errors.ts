/** What every error of this package carries beside its message. */
export interface GrpcStreamErrorOptions {
  /** What failed underneath, for logs and `--verbose`. */
  readonly cause?: unknown;
  /** What the reader can do about it, one imperative sentence each. */
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

/** A place in a file: both line and column count from 1. */
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

/** The caller asked for something that cannot be: a wrong flag, a wrong configuration value. */
export class UsageError extends GrpcStreamError {
  override readonly name = 'UsageError';
}

/** The world around the program is not ready: no database, a port in use, a missing dependency. */
export class EnvironmentError extends GrpcStreamError {
  override readonly name = 'EnvironmentError';
}

/** A benchmark could not be run, or what it measured was wrong. */
export class BenchError extends GrpcStreamError {
  override readonly name = 'BenchError';
}

/** A broken promise of our own code: always a bug in grpc-stream, never the user's mistake. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/** Closes a union: a value that arrives here was not thought of. */
export function assertNever(value: never): never {
  throw new InternalError(`unexpected value: ${JSON.stringify(value)}`);
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
