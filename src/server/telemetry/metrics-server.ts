import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { isLoopback } from '../../client/loopback.js';
import { EnvironmentError, messageOf } from '../../errors/index.js';
import type { StreamLogger } from '../../runtime/index.js';
import { bracketed } from '../address.js';

/** The registry of the metrics: one of `prom-client`, or any object with these two members. */
export interface MetricsRegister {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface StartMetricsServerOptions {
  readonly register: MetricsRegister;
  /** 0 takes a free port. */
  readonly port: number;
  /**
   * Default `127.0.0.1`: only this machine, and only requests for it by a name of its own, such as `localhost`. There is no password: anyone
   * who can reach another address can read the metrics.
   */
  readonly host?: string;
  /** Returns why the server must not get more calls, such as `shutting down`; undefined while it may. Default: always undefined. */
  readonly unhealthy?: () => string | undefined;
  /** Logs failures to collect metrics. Default: nothing is logged. */
  readonly logger?: StreamLogger;
}

export interface RunningMetricsServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Requests are small: a client that sends one slowly is disconnected. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 100;

/**
 * Serves the metrics of a process over HTTP: `/metrics` in Prometheus' text format, `/healthz` (200, or 503 and why), and at `/` a small page
 * that shows the running streams: their number, their rate, how much of their time they wait for clients, and how they end.
 *
 * @throws EnvironmentError when the address cannot be bound.
 *
 * @example
 * import client from 'prom-client';
 *
 * client.collectDefaultMetrics();
 * const services = createServices({ prisma, metrics: prometheusMetrics({ client }) });
 * const metrics = await startMetricsServer({ register: client.register, port: 9464 });
 *
 */
export async function startMetricsServer({
  port,
  host = '127.0.0.1',
  ...options
}: StartMetricsServerOptions): Promise<RunningMetricsServer> {
  const handler = requestHandler(
    { ...options, isOwnHost: isLoopback(host) ? isLoopbackUrlHost : () => true },
    await readLivePage(),
  );
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, handler);
  server.maxConnections = MAX_CONNECTIONS;
  const bound = await listen(server, host, port);
  return { url: `http://${bracketed(host)}:${bound}`, port: bound, stop: () => stop(server) };
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

/** Closes all connections: an open live page requests metrics again and again. */
async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** The page may load only its own files and call only its own server. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const TEXT = 'text/plain; charset=utf-8';

interface HandlerOptions extends Pick<StartMetricsServerOptions, 'register' | 'unhealthy' | 'logger'> {
  readonly isOwnHost: (host: string) => boolean;
}

/**
 * Whether a `Host` header names this machine. A name of another machine that resolves to this one comes from a web page elsewhere, which
 * would read in a browser on this machine what only this machine may read.
 */
function isLoopbackUrlHost(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return isLoopback(name) || name.endsWith('.localhost');
}

/** Answers requests for metrics, health and the live page. */
function requestHandler({ register, unhealthy, logger, isOwnHost }: HandlerOptions, page: LivePage) {
  const collect = shared(() => register.metrics());

  async function answer(path: string): Promise<Answer> {
    if (path === '/metrics') return { status: 200, type: register.contentType, body: await collect() };
    if (path === '/healthz') return health(unhealthy?.());
    const file = page.get(path);
    return file ? { status: 200, ...file } : { status: 404, type: TEXT, body: 'not found\n' };
  }

  return async ({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (headers.host !== undefined && !isOwnHost(headers.host)) {
      return send(response, { status: 421, type: TEXT, body: OTHER_HOST });
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, { status: 405, type: TEXT, body: 'only GET and HEAD\n' });
    }
    try {
      send(response, await answer(url.split('?', 1)[0] ?? ''));
    } catch (err) {
      logger?.error({ err }, 'metrics could not be collected');
      send(response, { status: 500, type: TEXT, body: 'the metrics could not be collected; see the log\n' });
    }
  };
}

const OTHER_HOST =
  'these metrics are for this machine: ask for localhost or 127.0.0.1, or listen on another address with --metrics-host\n';

function health(problem: string | undefined): Answer {
  return { status: problem === undefined ? 200 : 503, type: TEXT, body: `${problem ?? 'ok'}\n` };
}

/** Shares one result among all callers that come while it is computed, so that many requests cost as much as one. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () => {
    pending ??= ask().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

/** For HEAD, Node omits the body. */
function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** The files of the live page, by the path of their URL. */
type LivePage = ReadonlyMap<string, { readonly type: string; readonly body: Buffer }>;

/** No other file of the folder is sent. */
const FILES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/page.css': 'page.css',
  '/page.js': 'page.js',
  '/live-figures.js': 'live-figures.js',
  '/parse-metrics.js': 'parse-metrics.js',
  '/icon.svg': 'icon.svg',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

async function readLivePage(): Promise<LivePage> {
  // The package's own `imports` name the folder: the same one from the sources and from the build.
  const { resolve } = createRequire(import.meta.url);
  const files = Object.entries(FILES).map(async ([path, name]) => {
    const body = await readFile(resolve(`#live-page/${name}`));
    return [path, { type: TYPES[extname(name)] ?? 'application/octet-stream', body }] as const;
  });
  return new Map(await Promise.all(files));
}
