import cluster from 'node:cluster';
import type { AggregatorRegistry, Registry } from 'prom-client';
import { prometheusMetrics, type StreamLogger, type StreamMetrics } from '../../runtime/index.js';
import { type MetricsRegister, startMetricsServer } from './metrics-server.js';
import { loadPromClient } from './optional-peers.js';

export interface OpenMetricsOptions {
  /** Undefined: metrics are neither collected nor served. */
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  readonly workers: number;
  readonly unhealthy: () => string | undefined;
  readonly logger: StreamLogger;
}

/** The metrics of a server. */
export interface OpenMetrics {
  /** Observe every stream. */
  readonly streams: readonly StreamMetrics[];
  /** The URL of the metrics; undefined if they are not served, or if another process serves them. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

type PromClient = Awaited<ReturnType<typeof loadPromClient>>;

/**
 * Collects and serves metrics, if a port for them is set. Each worker collects its own, and the primary serves their sum.
 *
 * @throws EnvironmentError when `prom-client` is not installed or the address cannot be bound.
 */
export async function openMetrics(options: OpenMetricsOptions): Promise<OpenMetrics> {
  const { metricsPort: port, metricsHost: host, workers, unhealthy, logger } = options;
  if (port === undefined) return { streams: [], url: undefined, close: async () => {} };
  const client = await loadPromClient();
  const serve = async (register: MetricsRegister, streams: readonly StreamMetrics[]) => {
    const server = await startMetricsServer({ register, port, host, unhealthy, logger });
    logger.info({ url: server.url }, 'metrics are served');
    return { streams, url: server.url, close: () => server.stop() };
  };
  if (cluster.isWorker) return reportToPrimary(client);
  if (workers > 1) return serve(sumOfWorkers(client), []);
  const { streams, registers } = collect(client);
  return serve(joined(client, registers), [streams]);
}

/** In a separate registry, since the user's code may collect metrics in the default one. */
function collect(client: PromClient): { readonly streams: StreamMetrics; readonly registers: Registry[] } {
  const register = new client.Registry();
  const streams = prometheusMetrics({ client, register });
  const hasDefaults = client.register.getSingleMetric('process_cpu_seconds_total') !== undefined;
  if (!hasDefaults) client.collectDefaultMetrics({ register });
  return { streams, registers: [register, client.register] };
}

function joined(client: PromClient, registers: Registry[]): MetricsRegister {
  return {
    contentType: client.register.contentType,
    metrics: async () => (await Promise.all(registers.map((register) => register.metrics()))).join('\n'),
  };
}

function reportToPrimary(client: PromClient): OpenMetrics {
  const { streams, registers } = collect(client);
  client.AggregatorRegistry.setRegistries(registers);
  // Creating it makes the worker answer the primary's requests.
  new client.AggregatorRegistry();
  return { streams: [streams], url: undefined, close: async () => {} };
}

function sumOfWorkers(client: PromClient): MetricsRegister {
  const aggregator: AggregatorRegistry<typeof client.prometheusContentType> = new client.AggregatorRegistry();
  return { contentType: aggregator.contentType, metrics: () => aggregator.clusterMetrics() };
}
