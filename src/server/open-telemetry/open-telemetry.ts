import type { ServerInterceptor } from '@grpc/grpc-js';
import {
  openTelemetryCalls,
  openTelemetryMetrics,
  openTelemetryTracing,
  type RunningStream,
  type StreamLogger,
  type StreamMetrics,
} from '../../runtime/index.js';
import { inTime } from '../../waits/index.js';
import { isHealthMethod } from '../health/health.js';
import { loadOpenTelemetryApi, type OpenTelemetryApi } from '../optional-peers.js';
import { startSdk } from './start-sdk.js';

export interface OpenTelemetryOptions {
  readonly openTelemetry: boolean;
  /** The service's name, unless a variable says another. */
  readonly serviceName: string;
  readonly logger: StreamLogger;
}

/** What a server tells OpenTelemetry, and what it learns from it. */
export interface OpenTelemetry {
  /** What is to be told of every call. */
  readonly calls: readonly ServerInterceptor[];
  /** What is to be told of every stream. */
  readonly streams: readonly StreamMetrics[];
  /** The trace that a line of the log belongs to. */
  logFields(): object;
  /** Waits for what streams have still to tell, and sends what was not sent yet. */
  close(): Promise<void>;
}

/** A stream whose last query hangs must not keep the server from ending. */
const LONGEST_REPORT_MS = 2000;

/**
 * Tells OpenTelemetry of calls and streams, if the setting says so: through the SDK that is registered already, such as by `--import`, or
 * else through one of our own, which the standard `OTEL_…` variables configure.
 *
 * @throws EnvironmentError when a package that it needs is not installed.
 */
export async function openTelemetry({ openTelemetry, ...options }: OpenTelemetryOptions): Promise<OpenTelemetry> {
  if (!openTelemetry) return { calls: [], streams: [], logFields: () => ({}), close: async () => {} };
  const api = await loadOpenTelemetryApi();
  const stopSdk = isRegistered(api) ? async () => {} : await startSdk({ api, ...options });
  const reported = new ReportedStreams();
  return {
    calls: [openTelemetryCalls({ api, except: isHealthMethod })],
    // The last one to be told knows that all were.
    streams: [openTelemetryMetrics(api.metrics.getMeter('grpc-stream')), openTelemetryTracing({ api }), reported],
    logFields: () => traceFields(api),
    async close() {
      await inTime(reported.all(), LONGEST_REPORT_MS);
      await stopSdk();
    },
  };
}

/** Whoever registered traces or metrics alone has chosen to do without the other. */
function isRegistered({ metrics, trace, ProxyTracerProvider, createNoopMeter }: OpenTelemetryApi): boolean {
  const provider = trace.getTracerProvider();
  // Another copy of the API registers a proxy of its own.
  const isOurs = provider instanceof ProxyTracerProvider;
  const hasTracer = !isOurs || provider.getDelegateTracer('grpc-stream') !== undefined;
  return hasTracer || metrics.getMeterProvider().getMeter('grpc-stream') !== createNoopMeter();
}

/** By the names that the conventions have for logs which are no part of OpenTelemetry. */
function traceFields({ context, trace, isSpanContextValid }: OpenTelemetryApi): object {
  const span = trace.getSpanContext(context.active());
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** Streams that have begun and not told their end yet: a stream reports a little after its client has its status. */
export class ReportedStreams implements StreamMetrics {
  private readonly running = new Set<RunningStream>();
  private onLast = () => {};

  streamStarted(stream: RunningStream): void {
    this.running.add(stream);
  }

  streamEnded(stream: RunningStream): void {
    this.running.delete(stream);
    if (this.running.size === 0) this.onLast();
  }

  /** Resolves when none is left. */
  all(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onLast = resolve;
    });
  }
}
