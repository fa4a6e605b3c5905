import { Server, type ServerInterceptor } from '@grpc/grpc-js';
import { defaultServerSettings } from '../config/index.js';
import { type StreamLogger, type StreamService, serverChannelOptions } from '../runtime/index.js';
import { inTime } from '../waits/index.js';
import { bind, bracketed } from './address.js';
import type { Authenticate } from './auth/authenticate.js';
import { followDatabase, type WatchDatabaseOptions } from './database-health.js';
import { createHealth } from './health.js';
import { limitCalls, limitDecompression } from './limits/calls.js';
import type { CallLimits } from './limits/client-limits.js';
import { type Connections, followConnections } from './limits/connections.js';
import { warnOfMissingGrpcInternals } from './missing-internals.js';
import { accessLog } from './telemetry/logs.js';
import { openCredentials, type TlsFiles } from './tls.js';

export interface StartServerOptions {
  /** The result of the generated `createServices`, and any service of your own. */
  readonly services: readonly StreamService[];
  /** Default `127.0.0.1`: only this machine. */
  readonly host?: string | undefined;
  /** 0 takes a free port. */
  readonly port: number;
  /** Default: no TLS. The files are read again when they change; running streams continue. */
  readonly tls?: TlsFiles | undefined;
  /** Returns the caller, or refuses the call. Default: every call is admitted. Health checks need no credentials. */
  readonly authenticate?: Authenticate | undefined;
  readonly limits?: Partial<CallLimits> | undefined;
  /** The most bytes of one request. Default 1 MiB. */
  readonly maxRequestBytes?: number | undefined;
  /** Seconds after which a client is asked to reconnect; 0 for never. Default 0. */
  readonly maxConnectionAge?: number | undefined;
  /** Seconds between keepalive pings of an idle client; 0 allows any. Default 5. */
  readonly minPingInterval?: number | undefined;
  /** Seconds in which a client must send its request, and take the end of its answer. Default 30. */
  readonly patience?: number | undefined;
  /** The generated `descriptors`, with which clients such as grpcurl list the services. Default: no reflection. */
  readonly reflection?: readonly string[] | undefined;
  /**
   * Queries the database, and rejects when it does not answer: then health is NOT_SERVING. May return the services whose tables the database
   * lacks, by name, with the reason: then these services are NOT_SERVING. Default: health does not check the database.
   */
  readonly checkDatabase?: WatchDatabaseOptions['check'] | undefined;
  /** The name of the database in the log. Default `database`. */
  readonly databaseName?: string | undefined;
  /** Logs certificates, the database, refused clients and failed authentication. Default: nothing is logged. */
  readonly logger?: StreamLogger | undefined;
  /** Logs every call. Default: nothing is logged. */
  readonly accessLogger?: StreamLogger | undefined;
  /** Run before the server's own interceptors: they see every call, also refused ones. */
  readonly observers?: readonly ServerInterceptor[] | undefined;
  /** Run after the server's own interceptors, for admitted calls. */
  readonly interceptors?: readonly ServerInterceptor[] | undefined;
  /** The time between two checks for changed files. Default 10 s. */
  readonly reloadIntervalMs?: number | undefined;
}

/** A server that listens. */
export interface RunningServer {
  /** Where clients reach it, such as `127.0.0.1:50051`. */
  readonly address: string;
  readonly port: number;
  /** Whether health is SERVING. */
  readonly serving: boolean;
  /**
   * Sets health to NOT_SERVING, refuses new calls with UNAVAILABLE, waits for running calls, and after the grace time (seconds) cuts those
   * that have not ended. Generated streams end when the `shutdown` signal of `createServices` is aborted.
   */
  stop(graceSeconds: number): Promise<void>;
}

const RELOAD_INTERVAL_MS = 10_000;

/** The same as the default yield timeout of a stream. */
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
  if (options.reflection) await addReflection(server, options.reflection);
  await warnOfMissingGrpcInternals(logger);
  try {
    const bound = await bind(server, { host, port, credentials });
    const connections = followConnections(server, {
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
        return close(server, graceSeconds, connections);
      },
    };
  } catch (error) {
    stopping.abort();
    throw error;
  }
}

function channelOptions({
  limits,
  maxRequestBytes = defaultServerSettings.maxRequestBytes,
  maxConnectionAge = defaultServerSettings.maxConnectionAge,
}: StartServerOptions) {
  const perConnection = serverChannelOptions['grpc.max_concurrent_streams'] ?? 0;
  return {
    ...serverChannelOptions,
    'grpc.max_receive_message_length': maxRequestBytes,
    // A client delays calls beyond this number without an error; the server's own limit refuses them with a reason.
    'grpc.max_concurrent_streams': Math.max(perConnection, limits?.maxStreamsPerClient ?? 0) + ROOM_FOR_PROBES,
    ...(maxConnectionAge > 0 ? { 'grpc.max_connection_age_ms': maxConnectionAge * 1000 } : {}),
  };
}

/** A client with the most streams that it may have can still check the server's health. */
const ROOM_FOR_PROBES = 8;

/** The first one runs first: it also sees the calls that the others refuse. */
function interceptors(options: StartServerOptions, draining: AbortSignal): ServerInterceptor[] {
  const { authenticate, logger, patience = PATIENCE_SECONDS } = options;
  return [
    limitDecompression(),
    ...(options.observers ?? []),
    accessLog(options.accessLogger),
    ...limitCalls({ authenticate, limits: limitsOf(options), idleTimeoutMs: patience * 1000, draining, logger }),
    ...(options.interceptors ?? []),
  ];
}

function limitsOf({ limits }: StartServerOptions): CallLimits {
  return { ...defaultServerSettings, ...limits };
}

async function close(server: Server, graceSeconds: number, connections: Connections): Promise<void> {
  const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  if (await inTime(ended, graceSeconds * 1000)) return;
  connections.cut();
  server.forceShutdown();
}

/**
 * Adds server reflection, with which clients such as grpcurl list services and messages.
 *
 * @param descriptors Serialised `FileDescriptorProto`s, in base64: what `descriptors.ts` of the generated code exports.
 */
async function addReflection(server: Server, descriptors: readonly string[]): Promise<void> {
  // Loaded when it is needed: most servers have none.
  const { ReflectionService } = await import('@grpc/reflection');
  const fileDescriptorProtos = descriptors.map((descriptor) => Buffer.from(descriptor, 'base64'));
  // The library uses only the descriptors of a package definition.
  const reflection = new ReflectionService({
    generated: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
  });
  reflection.addToServer(server);
}
