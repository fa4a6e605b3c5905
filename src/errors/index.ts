export {
  assertNever,
  BenchError,
  CodegenError,
  EnvironmentError,
  GrpcStreamError,
  type GrpcStreamErrorOptions,
  InternalError,
  messageOf,
  SchemaError,
  type SourceLocation,
  UsageError,
} from './errors.js';
export { StreamError, type StreamPhase, type StreamStatus } from './stream-error.js';
