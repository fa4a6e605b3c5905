export { callErrorText } from './call-error-text.js';
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
export {
  type FieldViolation,
  StreamError,
  type StreamErrorOptions,
  type StreamPhase,
  type StreamStatus,
} from './stream-error.js';
