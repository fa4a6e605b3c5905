import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EnvironmentError, messageOf } from '../../errors/index.js';
import type { StreamLogger } from '../../runtime/index.js';
import { metricsHandler, readLivePage } from './metrics-handler.js';

/** Whose figures are shown: a registry of `prom-client`, or anything else with these two. */
export interface MetricsRegister {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface StartMetricsServerOptions {
  readonly register: MetricsRegister;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default `127.0.0.1`: only this machine. There is no password: what is bound elsewhere, anybody there can read. */
  readonly host?: string;
  /** Why the server must get no more calls, such as `shutting down`; undefined while all is well. Default: it always is. */
  readonly unhealthy?: () => string | undefined;
  /** Where a failure to collect figures is told. Default: nowhere. */
  readonly logger?: StreamLogger;
}

export interface RunningMetricsServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Nothing that is asked for here takes long, nor is large; whoever sends slowly is let go. */
const PATIENCE_MS = 10_000;
const MOST_CONNECTIONS = 100;

/**
 * Serves the figures of a process over HTTP: `/metrics` in Prometheus' text format, `/healthz` (200, or 503 and why), and at `/` a small
 * page that shows the streams as they run: how many, how fast, how much of their time they wait for clients, and how they end.
 *
 * @throws EnvironmentError when the address cannot be bound.
 *
 * @example
 * import client from 'prom-client';
 *
 * client.collectDefaultMetrics();
 * const services = createServices({ prisma, metrics: prometheusMetrics({ client }) });
 * const metrics = await startMetricsServer({ register: client.register, port: 9464 });
 */
export async function startMetricsServer({
  port,
  host = '127.0.0.1',
  ...options
}: StartMetricsServerOptions): Promise<RunningMetricsServer> {
  const handler = metricsHandler({ ...options, page: await readLivePage() });
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, handler);
  server.maxConnections = MOST_CONNECTIONS;
  const bound = await listen(server, host, port);
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound, stop: () => stop(server) };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    throw new EnvironmentError('server.bind_metrics', `cannot serve metrics on ${host}:${port}: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['choose another with --metrics-port (0 takes a free one) or --metrics-host'],
    });
  }
  const address = server.address();
  return isAddress(address) ? address.port : port;
}

function isAddress(address: ReturnType<Server['address']>): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** Pages that are open ask again and again: their connections are not waited for. */
async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
