import { COUNTERS, GAUGES, HISTOGRAMS, type MetricFacts } from './metric-catalogue.js';
import type {
  InstrumentOptions,
  OpenTelemetryAttributes,
  OpenTelemetryMeter,
  OpenTelemetryResult,
} from './optional-modules.js';
import { callDurations, isWatched, rpcAttributes, rpcOutcome } from './rpc-conventions.js';
import type { StreamMetrics } from './stream-metrics.js';
import { type Labels, type SeriesReading, StreamTally } from './stream-tally.js';

/** Labels that have a name in the semantic conventions. */
const ATTRIBUTES: Readonly<Record<string, string>> = { method: 'rpc.method', status: 'rpc.status_code' };

/**
 * Records the metrics of streams with OpenTelemetry: those of `prometheusMetrics`, named `grpc_stream.started`, `grpc_stream.rows` and so on,
 * and `rpc.server.call.duration` of the semantic conventions for RPC, unless `openTelemetryCalls` records it. Make one for each meter and
 * pass it to every service. Counters are read when the SDK collects; they include the rows so far of streams that are running.
 *
 * @example
 * import { metrics } from '@opentelemetry/api';
 *
 * createServices({ prisma, metrics: openTelemetryMetrics(metrics.getMeter('grpc-stream')) });
 *
 */
export function openTelemetryMetrics(meter: OpenTelemetryMeter): StreamMetrics {
  const histograms = new Map(
    HISTOGRAMS.map((facts) => [
      facts.key,
      meter.createHistogram(nameOf(facts), { ...described(facts), ...bounds(facts) }),
    ]),
  );
  const tally = new StreamTally((name, value, labels) => histograms.get(name)?.record(value, attributesOf(labels)));
  for (const facts of COUNTERS)
    meter
      .createObservableCounter(nameOf(facts), described(facts))
      .addCallback((result) => observe(result, tally.counter(facts.key)));
  for (const facts of GAUGES)
    meter
      .createObservableUpDownCounter(nameOf(facts), described(facts))
      .addCallback((result) => observe(result, tally.gauge(facts.key)));

  const calls = callDurations(meter);
  return {
    streamStarted: (stream) => tally.streamStarted(stream),
    chunkRead: (stream, chunk) => tally.chunkRead(stream, chunk),
    streamEnded(stream, summary) {
      tally.streamEnded(stream, summary);
      const { method, durationMs } = summary;
      // A `streamQuery` is not a call.
      if (!method || isWatched(stream.metadata)) return;
      calls.record(durationMs / 1000, { ...rpcAttributes(method), ...rpcOutcome(summary.status) });
    },
  };
}

function nameOf({ name }: MetricFacts): string {
  return `grpc_stream.${name}`;
}

function described({ unit, help }: MetricFacts): InstrumentOptions {
  return { unit, description: help };
}

function bounds({ buckets }: { readonly buckets: readonly number[] }): Pick<InstrumentOptions, 'advice'> {
  return { advice: { explicitBucketBoundaries: [...buckets] } };
}

function observe(result: OpenTelemetryResult, readings: readonly SeriesReading[]): void {
  for (const { labels, value } of readings) result.observe(value, attributesOf(labels));
}

function attributesOf(labels: Labels): OpenTelemetryAttributes {
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [ATTRIBUTES[label] ?? `grpc_stream.${label}`, value]),
  );
}
