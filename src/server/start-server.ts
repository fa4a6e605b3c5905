import { Server, type ServerInterceptor } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
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
  /** What the generated `createServices` returns, and any service of the user's own. */
  readonly services: readonly StreamService[];
  /** Default `127.0.0.1`: only this machine. */
  readonly host?: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default: no TLS. The files are read again when they change; running streams go on. */
  readonly tls?: TlsFiles | undefined;
  /** Says who makes a call, or refuses it. Default: every call is let in. Health checks need no credentials. */
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
   * Asks the database anything, and rejects when it does not answer: then health says NOT_SERVING. May return the services that the
   * database lacks something for, by name, and why: then the health of these says so. Default: health does not check the database.
   */
  readonly checkDatabase?: WatchDatabaseOptions['check'] | undefined;
  /** What the log calls it. Default `database`. */
  readonly databaseName?: string | undefined;
  /** Logs certificates, the database, refused clients and failed authentication. Default: nothing is logged. */
  readonly logger?: StreamLogger | undefined;
  /** Logs every call. Default: nothing is logged. */
  readonly accessLogger?: StreamLogger | undefined;
  /** Run before the server's own, next to the wire: they see every call, also those that are refused. */
  readonly observers?: readonly ServerInterceptor[] | undefined;
  /** Run after the server's own, for calls that were let in. */
  readonly interceptors?: readonly ServerInterceptor[] | undefined;
  /** Between two checks whether files have changed. Default 10 s. */
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
   * Says NOT_SERVING, refuses new calls with UNAVAILABLE, lets running calls end, and after the grace time (seconds) cuts those that
   * have not. Generated streams end by themselves when the `shutdown` signal that `createServices` was given is aborted.
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
  if (options.reflection) addReflection(server, options.reflection);
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
    // A client holds back calls beyond this number without an error; our own limit refuses them and says why.
    'grpc.max_concurrent_streams': Math.max(perConnection, limits?.maxStreamsPerClient ?? 0) + ROOM_FOR_PROBES,
    ...(maxConnectionAge > 0 ? { 'grpc.max_connection_age_ms': maxConnectionAge * 1000 } : {}),
  };
}

/** A client that has as many streams as it may have can still ask for the server's health. */
const ROOM_FOR_PROBES = 8;

/** The first is next to the wire: it also sees the calls that the others refuse. */
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
 * Adds server reflection, by which clients such as grpcurl learn what services and messages there are.
 *
 * @param descriptors Serialised `FileDescriptorProto`s, in base64: what `descriptors.ts` of the generated code exports.
 */
function addReflection(server: Server, descriptors: readonly string[]): void {
  const fileDescriptorProtos = descriptors.map((descriptor) => Buffer.from(descriptor, 'base64'));
  // Of a package definition, the library uses only the descriptors.
  const reflection = new ReflectionService({
    generated: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
  });
  reflection.addToServer(server);
}
