import type { Metadata } from '@grpc/grpc-js';
import { processWide } from '../process-wide.js';
import type { OpenTelemetryAttributes, OpenTelemetryHistogram, OpenTelemetryMeter } from './optional-modules.js';

/** The statuses that are errors of the server, by the semantic conventions for gRPC. */
const SERVER_ERRORS = ['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'];

/** @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
export function rpcAttributes(method: string): OpenTelemetryAttributes {
  return { 'rpc.system.name': 'grpc', 'rpc.method': method };
}

/** How a call ended, by the same conventions. */
export function rpcOutcome(status: string): OpenTelemetryAttributes {
  return {
    'rpc.status_code': status,
    ...(isServerError(status) ? { 'error.type': status } : {}),
  };
}

export function isServerError(status: string): boolean {
  return SERVER_ERRORS.includes(status);
}

/** The bounds that the conventions require and dashboards rely on. `grpc_stream.duration` has bounds for longer streams. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The histogram of the semantic conventions for RPC, for dashboards of all RPC servers. */
export function callDurations(meter: OpenTelemetryMeter): OpenTelemetryHistogram {
  return meter.createHistogram('rpc.server.call.duration', {
    unit: 's',
    description: 'Duration of inbound calls',
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

const watched = processWide('watchedCalls', WeakSet<Metadata>);

/** Marks a call that already has a span and a duration: its stream must not record them again. */
export function watchCall(metadata: Metadata): void {
  watched.add(metadata);
}

export function isWatched(metadata: Metadata | undefined): boolean {
  return metadata !== undefined && watched.has(metadata);
}

/** How propagators read the metadata of a call, such as W3C's `traceparent`. */
export const metadataGetter = {
  keys: (metadata: Metadata) => Object.keys(metadata.getMap()),
  get: (metadata: Metadata, key: string) => metadata.get(key).map(String),
};
