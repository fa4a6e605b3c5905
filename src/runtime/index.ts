export { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
export { defaultStreamingSettings, type StreamingSettings } from '../config/index.js';
export {
  type FieldViolation,
  StreamError,
  type StreamErrorOptions,
  type StreamPhase,
  type StreamStatus,
} from '../errors/index.js';
export { type CallContext, callContext, type Principal, setCallContext } from './call-context.js';
export { serverChannelOptions } from './channel-options.js';
export { type ChunkRequest, type ChunkSource, iterableSource, type Row } from './chunk-source.js';
export { type CreateLoggerOptions, createLogger } from './create-logger.js';
export { defineModel, type KeyField, type ModelDefinition, type StreamedModel } from './define-model.js';
export { statusOf, type WireStatus } from './grpc-status.js';
export type { KeyColumn, KeyValues } from './keyset.js';
export { type KeysetSourceOptions, keysetSource, type RowReader } from './keyset-source.js';
export type { StreamLogger } from './logger.js';
export { openTelemetryMetrics } from './metrics/open-telemetry-metrics.js';
export { type OpenTelemetryTracingOptions, openTelemetryTracing } from './metrics/open-telemetry-tracing.js';
export { type PrometheusMetricsOptions, prometheusMetrics } from './metrics/prometheus-metrics.js';
export type { ModelField } from './model-field.js';
export type { HookCall, ModelHooks, ServiceHooks } from './model-hooks.js';
export { type ServeStreamOptions, serveStream } from './serve-stream.js';
export { type GeneratedMessage, type GenericServiceDefinition, serviceDefinition } from './service-definition.js';
export {
  type SnapshotSourceOptions,
  snapshotSource,
  type TransactingClient,
  type TransactionOptions,
} from './snapshot-source.js';
export {
  closeReader,
  type SqlQuery,
  type SqlReader,
  type SqlReaderFactory,
  type SqlTransaction,
} from './sql-reader.js';
export type { CancellableCall } from './stream-life.js';
export type { ChunkRead, RunningStream, StreamMetrics, StreamProgress } from './stream-metrics.js';
export { type StreamQueryOptions, streamQuery } from './stream-query.js';
export {
  type StreamService,
  type StreamServiceFacts,
  type StreamServiceOptions,
  streamService,
} from './stream-service.js';
export type { StreamEnd, StreamSummary, StreamTimes } from './stream-summary.js';
