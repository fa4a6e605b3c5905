import { Server, type ServerInterceptor } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { defaultServerSettings } from '../config/index.js';
import { type StreamLogger, type StreamService, serverChannelOptions } from '../runtime/index.js';
import { inTime } from '../waits/index.js';
import { accessLog } from './access-log.js';
import { bind, bracketed } from './address.js';
import type { Authenticate } from './auth/authenticate.js';
import { createHealth } from './health/health.js';
import { followDatabase, type WatchDatabaseOptions } from './health/watch-database.js';
import type { CallLimits } from './limits/client-limits.js';
import { followConnections, guardConnections } from './limits/connections.js';
import { gateCalls } from './limits/gate-calls.js';
import { keepMoving } from './limits/idle-calls.js';
import { paceDecompression } from './limits/pace-decompression.js';
import { openCredentials } from './tls/open-credentials.js';
import type { TlsFiles } from './tls/read-tls-files.js';

export interface StartServerOptions {
  /** What the generated `createServices` returns, and any service of the user's own. */
  readonly services: readonly StreamService[];
  /** Default `127.0.0.1`: only this machine. */
  readonly host?: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default: no TLS. The files are read again when they change; running streams go on. */
  readonly tls?: TlsFiles | undefined;
  /** Says who makes a call, or refuses it. Default: whoever reaches the server is let in. Health checks need no credentials. */
  readonly authenticate?: Authenticate | undefined;
  readonly limits?: Partial<CallLimits> | undefined;
  /** Most bytes of one request. Default 1 MiB. */
  readonly maxRequestBytes?: number | undefined;
  /** Seconds after which a client is asked to connect anew; 0 for never. Default 0. */
  readonly maxConnectionAge?: number | undefined;
  /** Seconds between keepalive pings of an idle client; 0 allows any. Default 5. */
  readonly minPingInterval?: number | undefined;
  /** Seconds that a client may take to send its request, or to take the end of its answer. Default 30. */
  readonly patience?: number | undefined;
  /** The generated `descriptors`: with them, clients such as grpcurl learn what services there are. Default: they do not. */
  readonly reflection?: readonly string[] | undefined;
  /**
   * Asks the database anything, and rejects when it is gone: then health says NOT_SERVING. May answer with the services that it lacks
   * something for, by name, and why: then theirs does. Default: health does not look.
   */
  readonly checkDatabase?: WatchDatabaseOptions['check'] | undefined;
  /** What the log calls it. Default `database`. */
  readonly databaseName?: string | undefined;
  /** Told of certificates, the database and failed authentication. Default: silent. */
  readonly logger?: StreamLogger | undefined;
  /** Told of every call. Default: silent. */
  readonly accessLogger?: StreamLogger | undefined;
  /** Run before those of the server itself, next to the wire: they see every call, also one that is refused. */
  readonly observers?: readonly ServerInterceptor[] | undefined;
  /** Run after those of the server itself, for calls that it has let in. */
  readonly interceptors?: readonly ServerInterceptor[] | undefined;
  /** Between two looks at files that may change. Default 10 s. */
  readonly reloadIntervalMs?: number | undefined;
}

/** A server that listens. */
export interface RunningServer {
  /** Where clients reach it, such as `127.0.0.1:50051`. */
  readonly address: string;
  readonly port: number;
  /** Whether health says SERVING. */
  readonly serving: boolean;
  /**
   * Says NOT_SERVING, refuses new calls with UNAVAILABLE, lets running ones end, and cuts those that have not after the grace time
   * (seconds). Generated streams end by themselves when the `shutdown` signal that `createServices` was given is aborted.
   */
  stop(graceSeconds: number): Promise<void>;
}

const RELOAD_INTERVAL_MS = 10_000;

/** As long as a stream is given, by default. */
const PATIENCE_SECONDS = 30;

/**
 * Starts to listen, with health checking, and with TLS, authentication, limits and reflection as the options say.
 *
 * @throws EnvironmentError when the address cannot be bound, such as a port in use, or certificates cannot be used.
 *
 * @example
 * const server = await startServer({ services: createServices({ prisma }), port: 0 });
 * console.log(server.address);
 * await server.stop(10);
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { services, host = defaultServerSettings.host, port, logger } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const reloadIntervalMs = options.reloadIntervalMs ?? RELOAD_INTERVAL_MS;
  const credentials = await openCredentials({ tls: options.tls, reloadIntervalMs, signal, logger });
  const server = new Server({ ...channelOptions(options), interceptors: interceptors(options, signal) });
  const health = createHealth(services.map(({ name }) => name));
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  health.addTo(server);
  if (options.reflection) addReflection(server, options.reflection);
  try {
    const bound = await bind(server, { host, port, credentials });
    const cutConnections = followConnections(server);
    guardConnections(server, {
      limits: limitsOf(options),
      minPingInterval: options.minPingInterval ?? defaultServerSettings.minPingInterval,
      logger,
    });
    const { checkDatabase: check, databaseName: name = 'database' } = options;
    if (check) followDatabase({ check, name, services, health, signal, logger });
    else health.setServing(() => true);
    return {
      address: `${bracketed(host)}:${bound}`,
      port: bound,
      get serving() {
        return health.serving;
      },
      stop: (graceSeconds) => {
        stopping.abort();
        health.end();
        return close(server, graceSeconds, cutConnections);
      },
    };
  } catch (error) {
    stopping.abort();
    throw error;
  }
}

function channelOptions({ limits, maxRequestBytes, maxConnectionAge = 0 }: StartServerOptions) {
  const perConnection = serverChannelOptions['grpc.max_concurrent_streams'] ?? 0;
  return {
    ...serverChannelOptions,
    'grpc.max_receive_message_length': maxRequestBytes ?? defaultServerSettings.maxRequestBytes,
    // What a connection may not hold waits at the client's side, unseen: a limit of ours says so.
    'grpc.max_concurrent_streams': Math.max(perConnection, limits?.maxStreamsPerClient ?? 0) + ROOM_FOR_PROBES,
    ...(maxConnectionAge > 0 ? { 'grpc.max_connection_age_ms': maxConnectionAge * 1000 } : {}),
  };
}

/** A client that has all the streams it may have can still ask for the server's health. */
const ROOM_FOR_PROBES = 8;

/** The first is next to the wire: it sees what those behind it refuse. */
function interceptors(options: StartServerOptions, draining: AbortSignal): ServerInterceptor[] {
  const { authenticate, logger, patience = PATIENCE_SECONDS } = options;
  return [
    paceDecompression(),
    ...(options.observers ?? []),
    accessLog(options.accessLogger),
    gateCalls({ authenticate, limits: limitsOf(options), draining, logger }),
    keepMoving(patience * 1000),
    ...(options.interceptors ?? []),
  ];
}

function limitsOf({ limits }: StartServerOptions): CallLimits {
  return { ...defaultServerSettings, ...limits };
}

async function close(server: Server, graceSeconds: number, cutConnections: () => void): Promise<void> {
  const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  if (await inTime(ended, graceSeconds * 1000)) return;
  cutConnections();
  server.forceShutdown();
}

/**
 * Adds server reflection: clients such as grpcurl learn from it what services and messages there are.
 *
 * @param descriptors Serialised `FileDescriptorProto`s, in base64: what `descriptors.ts` of the generated code exports.
 */
export function addReflection(server: Server, descriptors: readonly string[]): void {
  const fileDescriptorProtos = descriptors.map((descriptor) => Buffer.from(descriptor, 'base64'));
  // The library looks for descriptors in every entry of a package, and at nothing else.
  const reflection = new ReflectionService({
    generated: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
  });
  reflection.addToServer(server);
}
