export { type GenerateOptions, type Generation, generate } from './api/generate.js';
export { type RunBenchOptions, runBench, type SweepValue } from './api/run-bench.js';
export type { BenchProgress } from './bench/index.js';
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
export type { BenchResult } from './results/index.js';
