import cluster from 'node:cluster';
import type { ServerInterceptor } from '@grpc/grpc-js';
import { type GrpcStreamConfig, resolveServer, resolveStreaming, type ServerSettings } from '../config/index.js';
import { UsageError } from '../errors/index.js';
import type { Database } from '../runtime/database/open-database.js';
import {
  closeReader,
  createLogger,
  type StreamLogger,
  type StreamMetrics,
  type StreamService,
  type StreamServiceOptions,
} from '../runtime/index.js';
import { aborted } from '../waits/index.js';
import type { Authenticate } from './auth/authenticate.js';
import { openAuthentication } from './auth/open-authentication.js';
import { databaseCheck } from './database-health.js';
import { warnOfMissingDatabaseInternals, warnOfMissingPipeInternals } from './missing-internals.js';
import { runWorkers, terminationSignal, workerSignal } from './run-workers.js';
import { type RunningServer, type StartServerOptions, startServer } from './start-server.js';
import { logDestination } from './telemetry/logs.js';
import { openMetrics } from './telemetry/open-metrics.js';
import { type OpenTelemetry, openTelemetry } from './telemetry/open-telemetry.js';

/** A client whose connections the server closes when it ends. */
type Client<Models> = Models & { $disconnect(): Promise<void> };

export interface RunServerOptions<Models> extends Database<Client<Models>> {
  /** The generated function, or one of your own that adds services to what it returns. */
  readonly createServices: (options: StreamServiceOptions<Models>) => readonly StreamService[];
  /**
   * A database that streams read from instead, such as a replica: health is then NOT_SERVING while the replica does not answer. Hooks
   * and services of your own keep `prisma`. Rows written a moment ago may not be in the replica yet.
   */
  readonly replica?: Database<Client<Models>>;
  /** The generated `descriptors`, for the setting `reflection`. */
  readonly descriptors?: readonly string[];
  /** Returns the caller, or refuses the call; takes precedence over the settings for tokens and JWTs. */
  readonly authenticate?: Authenticate;
  /** Observe every stream, in addition to the endpoint that the setting `metricsPort` opens: for example `openTelemetryMetrics(meter)`. */
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** Run for every admitted call. */
  readonly interceptors?: readonly ServerInterceptor[];
  /** The export of `grpc-stream.config.ts`; `GRPC_STREAM_…` variables take precedence over it. */
  readonly config?: GrpcStreamConfig;
  /** Flags of a command line, which take precedence over both. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** The folder in which workers start. Default: the current one. */
  readonly cwd?: string;
  /** The name of the service in traces and metrics, unless `OTEL_SERVICE_NAME` is set. Default: the configuration's `package`. */
  readonly name?: string;
  /** Ends the server. Default: SIGTERM and SIGINT do. */
  readonly signal?: AbortSignal;
  /** Called once the server listens, with the URL of its metrics if they are served. */
  readonly onListening?: (address: string, metricsUrl?: string) => void;
}

const SHUTTING_DOWN = 'shutting down';

/** The time between two checks for changed files. */
const RELOAD_INTERVAL_MS = 10_000;

/**
 * Runs the services until the signal. Then health is NOT_SERVING, new streams are refused, running streams end with UNAVAILABLE after a whole
 * message, and the connections to the database are closed. The server also starts when the database does not answer or has no tables yet:
 * health is NOT_SERVING until it does. With the setting `workers`, that many processes share the port.
 *
 * @throws UsageError for a wrong setting, EnvironmentError when the address cannot be bound or a file cannot be used.
 *
 * @example
 * await runServer({ createServices, prisma: createPrisma(), adapter: createAdapter(), config });
 *
 */
export async function runServer<Models>(options: RunServerOptions<Models>): Promise<void> {
  const { config = {}, flags = {}, signal = terminationSignal() } = options;
  const sources = { flags, env: process.env, config };
  const settings = resolveServer(sources);
  resolveStreaming(sources);
  const destination = await logDestination();
  let telemetry: OpenTelemetry | undefined;
  const log = { ...config.log, destination, fields: () => telemetry?.logFields() ?? {} };
  const logger = createLogger(log);
  warnOfMissingPipeInternals(process.stderr, logger);
  try {
    if (settings.workers > 1 && cluster.isPrimary) return await runPrimary(options, { settings, logger, signal });
    const serviceName = options.name ?? config.package ?? 'grpc-stream';
    telemetry = await openTelemetry({ ...settings, serviceName, logger });
    const accessLogger = settings.accessLog ? createLogger({ ...log, name: 'grpc-stream.access' }) : undefined;
    const running = { settings, logger, accessLogger, signal: workerSignal(signal), telemetry };
    await serve({ ...options, config, flags }, running);
  } finally {
    await telemetry?.close();
    await destination.close();
    // The channel to the primary would keep a worker alive.
    cluster.worker?.disconnect();
  }
}

interface Running {
  readonly settings: ServerSettings;
  readonly logger: StreamLogger;
  readonly signal: AbortSignal;
  readonly accessLogger: StreamLogger | undefined;
  readonly telemetry: OpenTelemetry;
}

/** The workers serve; this process restarts those that die, and serves the sum of their metrics. */
async function runPrimary<Models>(
  options: RunServerOptions<Models>,
  { settings, logger, signal }: Pick<Running, 'settings' | 'logger' | 'signal'>,
): Promise<void> {
  for (const { prisma } of databasesOf(options)) await prisma.$disconnect();
  const { cwd, onListening } = options;
  const unhealthy = () => (signal.aborted ? SHUTTING_DOWN : undefined);
  const metrics = await openMetrics({ ...settings, logger, unhealthy });
  try {
    await runWorkers({
      ...settings,
      cwd,
      signal,
      logger,
      onListening: (address) => onListening?.(address, metrics.url),
    });
  } finally {
    await metrics.close();
  }
}

async function serve<Models>(options: RunServerOptions<Models>, running: Running): Promise<void> {
  const { prisma, adapter, replica, flags = {}, config = {} } = options;
  const { settings, logger, accessLogger, signal, telemetry } = running;
  const shutdown = new AbortController();
  let server: RunningServer | undefined;
  const metrics = await openMetrics({ ...settings, logger, unhealthy: () => problemOf(server, signal) });
  const services = options.createServices({
    prisma,
    ...(adapter ? { adapter } : {}),
    ...(replica ? { replica } : {}),
    settingsFor: (model) => resolveStreaming({ flags, env: process.env, config }, model),
    logger,
    metrics: [...metrics.streams, ...telemetry.streams, ...[options.metrics ?? []].flat()],
    shutdown: shutdown.signal,
  });
  const readFrom = replica ?? options;
  const onConnection = warnOfMissingDatabaseInternals(readFrom.prisma, logger);
  const check = readFrom.adapter && databaseCheck(readFrom.adapter, { services, onConnection, logger });
  if (replica) logger.info({}, 'streams read from the replica');
  try {
    server = await startServer({
      services,
      ...serverOptions(settings),
      authenticate: await openAuthentication({
        authenticate: options.authenticate,
        token: flags.token,
        settings,
        logger,
        signal,
        reloadIntervalMs: RELOAD_INTERVAL_MS,
      }),
      reflection: settings.reflection ? (options.descriptors ?? noDescriptors()) : undefined,
      checkDatabase: check?.check,
      databaseName: replica ? 'replica' : 'database',
      logger,
      accessLogger,
      observers: telemetry.calls,
      interceptors: options.interceptors,
      reloadIntervalMs: RELOAD_INTERVAL_MS,
    });
    logger.info({ address: server.address, services: services.map(({ name }) => name) }, 'listening');
    if (!cluster.isWorker) options.onListening?.(server.address, metrics.url);
    await aborted(signal);
    logger.info({ shutdownGrace: settings.shutdownGrace }, 'shutting down');
    shutdown.abort();
    await server.stop(settings.shutdownGrace);
  } finally {
    shutdown.abort();
    await metrics.close();
    await check?.close();
    for (const database of databasesOf(options)) {
      if (database.adapter) await closeReader(database.adapter);
      await database.prisma.$disconnect();
    }
  }
}

function databasesOf<Models>({ prisma, adapter, replica }: RunServerOptions<Models>): Database<Client<Models>>[] {
  return [{ prisma, ...(adapter ? { adapter } : {}) }, ...(replica ? [replica] : [])];
}

/** For probes over HTTP: the same answer as that of the standard health service. */
function problemOf(server: RunningServer | undefined, signal: AbortSignal): string | undefined {
  if (signal.aborted) return SHUTTING_DOWN;
  if (!server) return 'starting';
  return server.serving ? undefined : 'the database does not answer, or lacks the tables';
}

function noDescriptors(): never {
  throw new UsageError('server.no_descriptors', 'reflection needs the generated descriptors', {
    nextActions: ['pass runServer `descriptors` of the generated code', 'npx grpc-stream generate'],
  });
}

/** The part of a server's options that comes from the settings. @throws UsageError when some contradict each other. */
function serverOptions(settings: ServerSettings): Omit<StartServerOptions, 'services'> {
  const { host, port, maxRequestBytes, maxConnectionAge, minPingInterval, tlsCert, tlsKey, tlsClientCa } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('server.tls_pair', 'tlsCert and tlsKey are set together, or neither is');
  }
  if (tlsClientCa !== undefined && tlsCert === undefined) {
    throw new UsageError('server.tls_client', 'tlsClientCa needs tlsCert and tlsKey');
  }
  const tls =
    tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey, clientCa: tlsClientCa } : undefined;
  return { host, port, limits: settings, maxRequestBytes, maxConnectionAge, minPingInterval, tls };
}
