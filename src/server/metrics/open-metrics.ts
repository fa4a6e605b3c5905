import cluster from 'node:cluster';
import type { AggregatorRegistry, Registry } from 'prom-client';
import { prometheusMetrics, type StreamLogger, type StreamMetrics } from '../../runtime/index.js';
import { loadPromClient } from '../optional-peers.js';
import { type MetricsRegister, startMetricsServer } from './start-metrics-server.js';

export interface OpenMetricsOptions {
  /** Undefined: there is no endpoint, and nothing is kept. */
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  readonly workers: number;
  readonly unhealthy: () => string | undefined;
  readonly logger: StreamLogger;
}

/** The metrics of a server. */
export interface OpenMetrics {
  /** What streams are to be told to. */
  readonly streams: readonly StreamMetrics[];
  /** Where they are served; undefined where they are not, or where another process does. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

type Client = Awaited<ReturnType<typeof loadPromClient>>;

/**
 * Keeps and serves metrics, if a port for them is set. With workers, each keeps its own and the primary serves the sum of them.
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
  if (cluster.isWorker) return answerPrimary(client);
  if (workers > 1) return serve(sumOfWorkers(client), []);
  const { streams, registers } = keepHere(client);
  return serve(joined(client, registers), [streams]);
}

/** In a registry of their own, beside whatever the user's code keeps in the client's. */
function keepHere(client: Client): { readonly streams: StreamMetrics; readonly registers: Registry[] } {
  const register = new client.Registry();
  const streams = prometheusMetrics({ client, register });
  const hasDefaults = client.register.getSingleMetric('process_cpu_seconds_total') !== undefined;
  if (!hasDefaults) client.collectDefaultMetrics({ register });
  return { streams, registers: [register, client.register] };
}

function joined(client: Client, registers: Registry[]): MetricsRegister {
  return {
    contentType: client.register.contentType,
    metrics: async () => (await Promise.all(registers.map((register) => register.metrics()))).join('\n'),
  };
}

function answerPrimary(client: Client): OpenMetrics {
  const { streams, registers } = keepHere(client);
  client.AggregatorRegistry.setRegistries(registers);
  // It answers the primary's requests from now on.
  new client.AggregatorRegistry();
  return { streams: [streams], url: undefined, close: async () => {} };
}

function sumOfWorkers(client: Client): MetricsRegister {
  const aggregator: AggregatorRegistry<typeof client.prometheusContentType> = new client.AggregatorRegistry();
  return { contentType: aggregator.contentType, metrics: () => aggregator.clusterMetrics() };
}
