import type { Metadata } from '@grpc/grpc-js';
import type { Histogram, Meter } from '@opentelemetry/api';
import { processWide } from '../process-wide.js';

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
