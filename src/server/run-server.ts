import { type GrpcStreamConfig, resolveServer, resolveStreaming } from '../config/index.js';
import {
  closeReader,
  createLogger,
  type SqlReaderFactory,
  type StreamService,
  type StreamServiceOptions,
} from '../runtime/index.js';
import { startServer } from './start-server.js';

export interface RunServerOptions<Models> {
  /** The generated function. */
  readonly createServices: (options: StreamServiceOptions<Models>) => readonly StreamService[];
  readonly prisma: Models & { $disconnect(): Promise<void> };
  /** The same database's driver adapter, for reads without the client's detour. */
  readonly adapter?: SqlReaderFactory;
  /** What `grpc-stream.config.ts` exports; `GRPC_STREAM_…` variables win over it. */
  readonly config?: GrpcStreamConfig;
  /** Flags of a command line, which win over both. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** Ends the server. Default: SIGTERM and SIGINT do. */
  readonly signal?: AbortSignal;
  /** Called once the server listens. */
  readonly onListening?: (address: string) => void;
}

/**
 * Runs the services until it is told to stop: then no new stream is taken, running ones end with UNAVAILABLE at a message's end,
 * and the database is let go of.
 *
 * @throws UsageError for a wrong setting, EnvironmentError when the address cannot be bound.
 *
 * @example
 * await runServer({ createServices, prisma: createPrisma(), config });
 */
export async function runServer<Models>({
  createServices,
  prisma,
  adapter,
  config = {},
  flags = {},
  ...options
}: RunServerOptions<Models>): Promise<void> {
  const sources = { flags, env: process.env, config };
  const settings = resolveServer(sources);
  resolveStreaming(sources);
  const logger = createLogger({ ...config.log, destination: await logDestination() });
  const shutdown = new AbortController();
  const services = createServices({
    prisma,
    ...(adapter ? { adapter } : {}),
    settingsFor: (model) => resolveStreaming(sources, model),
    logger,
    shutdown: shutdown.signal,
  });
  try {
    const server = await startServer({ services, host: settings.host, port: settings.port });
    logger.info({ address: server.address, services: services.map(({ name }) => name) }, 'listening');
    options.onListening?.(server.address);
    await aborted(options.signal ?? terminationSignal());
    logger.info({ shutdownGrace: settings.shutdownGrace }, 'shutting down');
    shutdown.abort();
    await server.stop(settings.shutdownGrace);
  } finally {
    if (adapter) await closeReader(adapter);
    await prisma.$disconnect();
  }
}

/** Lines for people on a terminal, JSON everywhere else. */
async function logDestination(): Promise<{ write(line: string): void }> {
  if (!process.stderr.isTTY) return process.stderr;
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: process.stderr.fd, sync: true, ignore: 'pid,hostname,name' });
}

function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
