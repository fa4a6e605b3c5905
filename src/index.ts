export { defineConfig, type GrpcStreamConfig, type StreamingSettings } from './config/index.js';
export {
  BenchError,
  CodegenError,
  EnvironmentError,
  GrpcStreamError,
  InternalError,
  SchemaError,
  StreamError,
  UsageError,
} from './errors/index.js';
