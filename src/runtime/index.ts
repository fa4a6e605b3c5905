export { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
export { defaultStreamingSettings, type StreamingSettings } from '../config/index.js';
export {
  type FieldViolation,
  StreamError,
  type StreamErrorOptions,
  type StreamPhase,
  type StreamStatus,
} from '../errors/index.js';
export {
  dateOf,
  dateOf as fromTimestamp,
  setMember,
  type Timestamp,
  timestampOf,
  timestampOf as toTimestamp,
} from '../model/index.js';
export { cancellableAdapter } from './database/cancel-queries.js';
export type { Database } from './database/open-database.js';
export type { ModelField } from './encode/model-field.js';
export {
  closeReader,
  type SqlQuery,
  type SqlReader,
  type SqlReaderFactory,
  type SqlTransaction,
} from './internals/driver-adapter.js';
export { http2StreamOf } from './internals/grpc-js.js';
export { type CreateLoggerOptions, createLogger, type StreamLogger } from './logger.js';
export { type OpenTelemetryCallsOptions, openTelemetryCalls } from './metrics/open-telemetry-calls.js';
export { openTelemetryMetrics } from './metrics/open-telemetry-metrics.js';
export { type OpenTelemetryTracingOptions, openTelemetryTracing } from './metrics/open-telemetry-tracing.js';
export { type PrometheusMetricsOptions, prometheusMetrics } from './metrics/prometheus-metrics.js';
export type {
  ChunkRead,
  RunningStream,
  StreamMetrics,
  StreamProgress,
  StreamSummary,
  StreamTimes,
} from './metrics/stream-metrics.js';
export { type CallContext, callContext, callWork, type Principal, setCallContext } from './request/call-context.js';
export { defineHooks } from './request/define-hooks.js';
export type {
  HookCall,
  Mask,
  MaskedValue,
  ModelHooks,
  ServiceHooks,
  SharedHooks,
} from './request/hooks.js';
export {
  type AnyCodec,
  type DeepPartial,
  enterMessage,
  int64Of,
  leaveMessage,
  type MessageFns,
} from './request/message-codec.js';
export {
  type BatchesRequest,
  type KeyRange,
  type PartitionsRequest,
  type RowsRequest,
  type StreamMessages,
  type StreamMessagesOptions,
  streamMessages,
} from './request/stream-messages.js';
export { type ChunkRequest, type ChunkSource, iterableSource, type Row } from './rows/chunk-source.js';
export { defineModel, type KeyField, type ModelDefinition, type StreamedModel } from './rows/define-model.js';
export type { HookableReader, HookRow, MappedRow, WhereOf } from './rows/hookable-reader.js';
export {
  type KeyColumn,
  type KeysetSourceOptions,
  type KeyValues,
  keysetSource,
  type RowReader,
} from './rows/keyset-source.js';
export {
  type SnapshotSourceOptions,
  snapshotSource,
  type TransactingClient,
  type TransactionOptions,
} from './rows/snapshot-source.js';
export {
  type GeneratedMessage,
  type GenericServiceDefinition,
  serverChannelOptions,
  serviceDefinition,
} from './service/service-definition.js';
export {
  type StreamService,
  type StreamServiceFacts,
  type StreamServiceOptions,
  streamService,
} from './service/stream-service.js';
export { type InterceptedCall, statusAtEnd } from './status/call-status.js';
export { statusOf, type WireStatus } from './status/grpc-status.js';
export type { StreamEnd } from './status/stream-stopped.js';
export { type ServeStreamOptions, serveStream } from './stream/serve-stream.js';
export type { CancellableCall } from './stream/stream-life.js';
export { type StreamQueryOptions, streamQuery } from './stream/stream-query.js';
