import type { Metadata } from '@grpc/grpc-js';
import type * as OpenTelemetry from '@opentelemetry/api';
import { isServerError, rpcAttributes, rpcOutcome } from './rpc-attributes.js';
import type { RunningStream, StreamMetrics } from './stream-metrics.js';
import { phasesOf } from './stream-series.js';
import type { StreamSummary } from './stream-summary.js';

export interface OpenTelemetryTracingOptions {
  /** The module `@opentelemetry/api`, as you imported it. */
  readonly api: Pick<typeof OpenTelemetry, 'context' | 'propagation' | 'trace' | 'SpanKind' | 'SpanStatusCode'>;
  /** Default: the global provider's tracer `grpc-stream`. */
  readonly tracer?: OpenTelemetry.Tracer;
}

/**
 * A span for every stream, from its first query to its end, by the semantic conventions for RPC and with the stream's figures. Its
 * parent is the span that is active when the call comes in, such as another instrumentation's, or else the one that the client names
 * in the call's metadata, as the global propagator reads it (W3C `traceparent`). Hand it to services beside the metrics.
 *
 * @example
 * import * as api from '@opentelemetry/api';
 *
 * createServices({ prisma, metrics: [prometheusMetrics({ client }), openTelemetryTracing({ api })] });
 */
export function openTelemetryTracing({
  api,
  tracer = api.trace.getTracer('grpc-stream'),
}: OpenTelemetryTracingOptions): StreamMetrics {
  const spans = new WeakMap<RunningStream, { readonly span: OpenTelemetry.Span; readonly startedAt: number }>();
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
  tracer: OpenTelemetry.Tracer,
): OpenTelemetry.Span {
  const active = context.active();
  const isInside = metadata === undefined || trace.getSpan(active) !== undefined;
  return tracer.startSpan(
    method || `streamQuery ${model}`,
    {
      kind: isInside ? SpanKind.INTERNAL : SpanKind.SERVER,
      attributes: { ...(method ? rpcAttributes(method) : {}), 'grpc_stream.model': model },
    },
    isInside ? active : propagation.extract(active, metadata, GETTER),
  );
}

const GETTER: OpenTelemetry.TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key).map(String),
};

/** A `streamQuery` has no status of gRPC. */
function isError({ status, end }: StreamSummary): boolean {
  return status === '' ? end === 'failed' : isServerError(status);
}

function attributesOf(summary: StreamSummary): OpenTelemetry.Attributes {
  const times = phasesOf(summary.times).map(([phase, ms]) => [`grpc_stream.time.${phase}`, ms / 1000] as const);
  return {
    ...(summary.status ? rpcOutcome(summary) : {}),
    'grpc_stream.end': summary.end,
    'grpc_stream.rows': summary.rows,
    'grpc_stream.messages': summary.messages,
    'grpc_stream.sent': summary.bytes,
    'grpc_stream.rows_read': summary.rowsRead,
    'grpc_stream.queries': summary.queries,
    'grpc_stream.peak_queued': summary.peakQueuedBytes,
    ...Object.fromEntries(times),
  };
}
