import { ServerInterceptingCall, type ServerInterceptor, type status as Status } from '@grpc/grpc-js';
import { type InterceptedCall, statusAtEnd } from '../status/call-status.js';
import type { OpenTelemetryAttributes, OpenTelemetryModule, OpenTelemetrySpan } from './optional-modules.js';
import { callDurations, metadataGetter, rpcAttributes, rpcOutcome, watchCall } from './rpc-conventions.js';

export interface OpenTelemetryCallsOptions {
  /** The module `@opentelemetry/api`, as you imported it. */
  readonly api: OpenTelemetryModule;
  /** Calls without a span and a duration, by the method's full name, such as health checks. Default: none. */
  readonly except?: (method: string) => boolean;
}

/**
 * An interceptor that records a span and a duration for every call of a server, also for refused calls, by the semantic conventions for RPC.
 * The span continues the client's trace and is active while the call is handled; the durations are `rpc.server.call.duration`. Put it first
 * among the interceptors.
 *
 * @example
 * import * as api from '@opentelemetry/api';
 *
 * const server = new Server({ interceptors: [openTelemetryCalls({ api })] });
 *
 */
export function openTelemetryCalls({ api, except = () => false }: OpenTelemetryCallsOptions): ServerInterceptor {
  const { context, metrics, propagation, trace } = api;
  const tracer = trace.getTracer('grpc-stream');
  const durations = callDurations(metrics.getMeter('grpc-stream'));

  return ({ path }, call) => {
    const method = path.slice(1);
    if (except(method)) return new ServerInterceptingCall(call);
    const startedMs = performance.now();
    let active = api.ROOT_CONTEXT;
    let code: Status | undefined;

    function end(span: OpenTelemetrySpan): void {
      const outcome = rpcOutcome(statusAtEnd(call, code));
      durations.record((performance.now() - startedMs) / 1000, { ...rpcAttributes(method), ...outcome });
      if ('error.type' in outcome) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.setAttributes(outcome);
      span.end();
    }

    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, pass) {
            const parent = propagation.extract(api.ROOT_CONTEXT, metadata, metadataGetter);
            const attributes = { ...rpcAttributes(method), ...addressOf(call), ...peerOf(call) };
            const span = tracer.startSpan(method, { kind: api.SpanKind.SERVER, attributes }, parent);
            active = trace.setSpan(parent, span);
            watchCall(metadata);
            context.with(active, () => pass(metadata));
          },
          onReceiveMessage: (message, pass) => context.with(active, () => pass(message)),
          onReceiveHalfClose: (pass) => context.with(active, pass),
          // The end of every call, however it ended.
          onCancel() {
            const span = trace.getSpan(active);
            if (span) end(span);
          },
        }),
      sendStatus: (status, pass) => {
        code ??= status.code;
        pass(status);
      },
    });
  };
}

/** The server's address as the client names it, such as `books.example.com:443` or `[::1]:50051`. */
const AUTHORITY = /^(?:\[([\da-f:.]{2,45})\]|([\w.-]{1,253}))(?::(\d{1,5}))?$/i;

/** The text comes from the client: an invalid address is omitted. */
function addressOf(call: InterceptedCall): OpenTelemetryAttributes {
  const [, ipv6, host = ipv6, port] = AUTHORITY.exec(call.getHost() ?? '') ?? [];
  if (host === undefined) return {};
  return { 'server.address': host, ...(port === undefined ? {} : { 'server.port': Number(port) }) };
}

function peerOf(call: InterceptedCall): OpenTelemetryAttributes {
  const { remoteAddress, remotePort } = call.getConnectionInfo();
  if (remoteAddress === undefined) return {};
  return {
    'network.peer.address': remoteAddress,
    ...(remotePort === undefined ? {} : { 'network.peer.port': remotePort }),
  };
}
