import type { Metadata } from '@grpc/grpc-js';
import type { Attributes, Histogram, Meter, TextMapGetter } from '@opentelemetry/api';
import { processWide } from '../process-wide.js';

/** What a server is to blame for, as the semantic conventions for gRPC have it; the rest is the client's, or nobody's, doing. */
const SERVER_ERRORS = ['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'];

/** @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
export function rpcAttributes(method: string): Attributes {
  return { 'rpc.system.name': 'grpc', 'rpc.method': method };
}

/** How a call ended, by the same conventions. */
export function rpcOutcome(status: string): Attributes {
  return {
    'rpc.status_code': status,
    ...(isServerError(status) ? { 'error.type': status } : {}),
  };
}

export function isServerError(status: string): boolean {
  return SERVER_ERRORS.includes(status);
}

/** What the conventions ask for: dashboards count on it. Streams that last longer are told apart by `grpc_stream.duration`. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The histogram of the semantic conventions for RPC, for whoever has dashboards for every RPC server. */
export function callDurations(meter: Meter): Histogram {
  return meter.createHistogram('rpc.server.call.duration', {
    unit: 's',
    description: 'Duration of inbound calls',
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

const watched = processWide('watchedCalls', WeakSet<Metadata>);

/** Says that a call as a whole is watched: its stream is no second one. */
export function watchCall(metadata: Metadata): void {
  watched.add(metadata);
}

export function isWatched(metadata: Metadata | undefined): boolean {
  return metadata !== undefined && watched.has(metadata);
}

/** How propagators read what a client sent beside its request, such as W3C's `traceparent`. */
export const metadataGetter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key).map(String),
};
