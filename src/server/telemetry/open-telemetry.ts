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
import { isHealthMethod } from '../health.js';
import { loadOpenTelemetryApi, loadOpenTelemetrySdk, type OpenTelemetryApi } from './optional-peers.js';

export interface OpenTelemetryOptions {
  readonly openTelemetry: boolean;
  /** The service's name, unless an environment variable gives another. */
  readonly serviceName: string;
  readonly logger: StreamLogger;
}

/** The OpenTelemetry of a server. */
export interface OpenTelemetry {
  /** Observe every call. */
  readonly calls: readonly ServerInterceptor[];
  /** Observe every stream. */
  readonly streams: readonly StreamMetrics[];
  /** The trace that a line of the log belongs to. */
  logFields(): object;
  /** Waits until streams have reported their end, and sends the remaining data. */
  close(): Promise<void>;
}

/** A stream whose last query hangs must not keep the server from ending. */
const REPORT_TIMEOUT_MS = 2000;

/**
 * Sends traces and metrics of calls and streams to OpenTelemetry, if the setting is on: through the SDK that is already registered, such as
 * by `--import`, or else through a new one, which the standard `OTEL_…` variables configure.
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
    // Called last, when the other observers know of the end as well.
    streams: [openTelemetryMetrics(api.metrics.getMeter('grpc-stream')), openTelemetryTracing({ api }), reported],
    logFields: () => traceFields(api),
    async close() {
      await inTime(reported.all(), REPORT_TIMEOUT_MS);
      await stopSdk();
    },
  };
}

/** Whether an SDK is registered: one that registered only traces, or only metrics, is meant to send nothing else. */
function isRegistered({ metrics, trace, ProxyTracerProvider, createNoopMeter }: OpenTelemetryApi): boolean {
  const provider = trace.getTracerProvider();
  // Another copy of the API registers its own proxy.
  const isOurs = provider instanceof ProxyTracerProvider;
  const hasTracer = !isOurs || provider.getDelegateTracer('grpc-stream') !== undefined;
  return hasTracer || metrics.getMeterProvider().getMeter('grpc-stream') !== createNoopMeter();
}

/** The names of the conventions for logs outside of OpenTelemetry. */
function traceFields({ context, trace, isSpanContextValid }: OpenTelemetryApi): object {
  const span = trace.getSpanContext(context.active());
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** Streams that have started and not yet reported their end: a stream reports a little after its client has the status. */
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

  /** Resolves when all have reported. */
  all(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onLast = resolve;
    });
  }
}

type StartSdkOptions = Pick<OpenTelemetryOptions, 'serviceName' | 'logger'> & { readonly api: OpenTelemetryApi };

/** A collector that does not answer must not keep the server from ending. */
const FLUSH_TIMEOUT_MS = 5000;

/**
 * Starts an SDK as the standard `OTEL_…` variables say.
 *
 * @returns Sends the remaining data, and shuts down the SDK.
 * @throws EnvironmentError when the SDK is not installed.
 */
async function startSdk({ api, serviceName, logger }: StartSdkOptions): Promise<() => Promise<void>> {
  const { NodeSDK } = await loadOpenTelemetrySdk();
  const { env } = process;
  // Without the process detector: the command line may hold a token. The environment comes last, and takes precedence.
  env.OTEL_NODE_RESOURCE_DETECTORS ||= 'host,os,serviceinstance,env';
  if (!env.OTEL_LOG_LEVEL) logSdkErrors(api, logger);
  const sdk = new NodeSDK(isNamed(env) ? {} : { serviceName });
  sdk.start();
  return async () => {
    try {
      if (await inTime(sdk.shutdown(), FLUSH_TIMEOUT_MS)) return;
      logger.warn({}, 'OpenTelemetry: the last spans and metrics could not be sent in time');
    } catch (err) {
      logger.warn({ err }, 'OpenTelemetry: the last spans and metrics could not be sent');
    }
  };
}

function isNamed({ OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES = '' }: NodeJS.ProcessEnv): boolean {
  return Boolean(OTEL_SERVICE_NAME) || /(^|,)\s*service\.name\s*=/.test(OTEL_RESOURCE_ATTRIBUTES);
}

/** The SDK reports errors only to a logger that is set. Without one, nobody would notice a collector that does not answer. */
function logSdkErrors({ diag, DiagLogLevel }: OpenTelemetryApi, logger: StreamLogger): void {
  const ignore = () => {};
  const warn = (text: string) => logger.warn({ reason: reasonIn(text) }, 'OpenTelemetry has trouble');
  diag.setLogger(
    { verbose: ignore, debug: ignore, info: ignore, warn, error: warn },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** An error comes as JSON, with the stack first. */
function reasonIn(text: string): string {
  try {
    const { message }: { message?: unknown } = Object(JSON.parse(text));
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
