import {
  COMMON_LABELS,
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  type HistogramName,
  type MetricFacts,
  prometheusName,
} from './metric-catalogue.js';
import type { PrometheusHistogram, PrometheusModule } from './optional-modules.js';
import type { StreamMetrics } from './stream-metrics.js';
import { StreamTally } from './stream-tally.js';

export interface PrometheusMetricsOptions<Registry = unknown> {
  /** The module `prom-client`, as you imported it. */
  readonly client: PrometheusModule<Registry>;
  /** Where the metrics are registered. Default: the client's own, `client.register`. */
  readonly register?: Registry;
}

/**
 * Records the metrics of streams in a registry of `prom-client`. Make one for each registry and pass it to every service.
 *
 * Counters: `grpc_stream_started_total`, `…_ended_total` (by `end` and `status`), `…_rows_total`, `…_messages_total`, `…_sent_bytes_total`,
 * `…_rows_read_total` and `…_time_seconds_total` (by `phase`: database, encode, write, drain). Gauges: `grpc_stream_running`,
 * `grpc_stream_queued_bytes`. Histograms: `grpc_stream_duration_seconds`, `…_first_row_seconds`, `…_phase_seconds`, `…_query_seconds` and
 * `…_chunk_size`. All by `model` and `method`; they include the rows so far of streams that are running.
 *
 * @throws Error, from prom-client, when the registry has metrics of these names.
 *
 * @example
 * import client from 'prom-client';
 *
 * createServices({ prisma, metrics: prometheusMetrics({ client }) });
 *
 *
 */
export function prometheusMetrics<Registry>({
  client,
  register = client.register,
}: PrometheusMetricsOptions<Registry>): StreamMetrics {
  const registers = [register];
  const histograms = new Map<HistogramName, PrometheusHistogram>();
  const tally = new StreamTally((name, value, labels) => histograms.get(name)?.observe({ ...labels }, value));

  for (const { key, buckets, ...facts } of HISTOGRAMS)
    histograms.set(key, new client.Histogram({ ...described(facts), registers, buckets: [...buckets] }));
  for (const { key, ...facts } of COUNTERS)
    new client.Counter({
      ...described(facts, 'counter'),
      registers,
      collect() {
        this.reset();
        for (const { labels, value } of tally.counter(key)) this.inc({ ...labels }, value);
      },
    });
  for (const { key, ...facts } of GAUGES)
    new client.Gauge({
      ...described(facts),
      registers,
      collect() {
        for (const { labels, value } of tally.gauge(key)) this.set({ ...labels }, value);
      },
    });
  return tally;
}

function described(facts: Omit<MetricFacts, 'key'>, kind?: 'counter') {
  const labelNames = [...COMMON_LABELS, ...(facts.labels ?? [])];
  return { name: prometheusName(facts, kind), help: facts.help, labelNames };
}
