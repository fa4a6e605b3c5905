import type {
  OpenTelemetryAttributes,
  OpenTelemetryModule,
  OpenTelemetrySpan,
  OpenTelemetryTracer,
} from './optional-modules.js';
import { isServerError, metadataGetter, rpcAttributes, rpcOutcome } from './rpc-conventions.js';
import type { RunningStream, StreamMetrics, StreamSummary } from './stream-metrics.js';
import { phasesOf } from './stream-tally.js';

export interface OpenTelemetryTracingOptions {
  /** The module `@opentelemetry/api`, as you imported it. */
  readonly api: Pick<OpenTelemetryModule, 'context' | 'propagation' | 'trace' | 'SpanKind' | 'SpanStatusCode'>;
  /** Default: the global provider's tracer `grpc-stream`. */
  readonly tracer?: OpenTelemetryTracer;
}

/**
 * A span for every stream, from its first query to its end, with the stream's figures. Its parent is the span that is active when the call
 * comes in, such as that of `openTelemetryCalls`. Without one, it is the span of the call, by the semantic conventions for RPC, and its
 * parent is the span that the client names in the call's metadata, as the global propagator reads it (W3C `traceparent`). Pass it to services
 * together with the metrics.
 *
 * @example
 * import * as api from '@opentelemetry/api';
 *
 * createServices({ prisma, metrics: [prometheusMetrics({ client }), openTelemetryTracing({ api })] });
 *
 */
export function openTelemetryTracing({
  api,
  tracer = api.trace.getTracer('grpc-stream'),
}: OpenTelemetryTracingOptions): StreamMetrics {
  const spans = new WeakMap<RunningStream, { readonly span: OpenTelemetrySpan; readonly startedAt: number }>();
  return {
    streamStarted(stream) {
      spans.set(stream, { span: startSpan(stream, api, tracer), startedAt: Date.now() });
    },
    streamEnded(stream, summary, failure) {
      const { span, startedAt } = spans.get(stream) ?? {};
      if (!span || startedAt === undefined) return;
      if (summary.firstRowMs !== undefined) span.addEvent('first row', {}, startedAt + summary.firstRowMs);
      if (summary.end === 'failed' && failure instanceof Error) span.recordException(failure);
      if (isError(summary)) span.setStatus({ code: api.SpanStatusCode.ERROR, message: summary.end });
      span.setAttributes(attributesOf(summary));
      span.end();
    },
  };
}

function startSpan(
  { model, method, metadata }: RunningStream,
  { context, propagation, trace, SpanKind }: OpenTelemetryTracingOptions['api'],
  tracer: OpenTelemetryTracer,
): OpenTelemetrySpan {
  const active = context.active();
  const attributes = { 'grpc_stream.model': model };
  if (metadata === undefined || trace.getSpan(active) !== undefined) {
    const name = method ? `stream ${model}` : `streamQuery ${model}`;
    return tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }, active);
  }
  return tracer.startSpan(
    method,
    { kind: SpanKind.SERVER, attributes: { ...rpcAttributes(method), ...attributes } },
    propagation.extract(active, metadata, metadataGetter),
  );
}

/** A `streamQuery` has no gRPC status. */
function isError({ status, end }: StreamSummary): boolean {
  return status === '' ? end === 'failed' : isServerError(status);
}

function attributesOf(summary: StreamSummary): OpenTelemetryAttributes {
  const times = phasesOf(summary.times).map(([phase, ms]) => [`grpc_stream.time.${phase}`, ms / 1000] as const);
  return {
    ...(summary.status ? rpcOutcome(summary.status) : {}),
    'grpc_stream.end': summary.end,
    'grpc_stream.rows': summary.rows,
    'grpc_stream.messages': summary.messages,
    'grpc_stream.sent': summary.bytes,
    'grpc_stream.rows_read': summary.rowsRead,
    'grpc_stream.queries': summary.queries,
    'grpc_stream.chunk_size': summary.chunkSize,
    'grpc_stream.peak_queued': summary.peakQueuedBytes,
    ...Object.fromEntries(times),
  };
}
