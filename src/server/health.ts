import { readFile } from 'node:fs/promises';
import {
  type ChannelCredentials,
  Client,
  credentials,
  type Server,
  type ServerWritableStream,
  type ServiceError,
  status as Status,
} from '@grpc/grpc-js';
import { HealthImplementation, service } from 'grpc-health-check';
import { connectionProblem } from '../client/connection-problem.js';
import { proxyOptionOf } from '../client/http-proxy.js';
import { callErrorText, EnvironmentError, InternalError, messageOf } from '../errors/index.js';

const HEALTH_SERVICE = 'grpc.health.v1.Health';

/** Whether a method, by its full name, belongs to the health service. */
export function isHealthMethod(method: string): boolean {
  return method.startsWith(`${HEALTH_SERVICE}/`);
}

/**
 * Whether a method asks for the health once, as the probes of Kubernetes do: the server answers it also when it has no room for other calls.
 */
export function isProbe(method: string): boolean {
  return isHealthMethod(method) && !method.endsWith('/Watch');
}

/** The service name for liveness probes: SERVING as long as the process answers, also without the database. */
const LIVENESS = 'liveness';

/** Standard health checking, of the server as a whole (the empty name) and of each service. */
export interface Health {
  addTo(server: Server): void;
  /** Whether the server as a whole is SERVING. */
  readonly serving: boolean;
  /** @param isServing For each service, by its name; for the server as a whole, by the empty name. */
  setServing(isServing: (service: string) => boolean): void;
  /** Sets NOT_SERVING for good, and ends the calls of Watch, which would keep the server from closing. */
  end(): void;
}

type WatchCall = ServerWritableStream<{ readonly service: string }, { readonly status: string }>;

export function createHealth(services: readonly string[]): Health {
  const names = ['', ...services];
  const watchers = new Set<WatchCall>();
  const statuses = names.map((name) => [name, 'NOT_SERVING' as const]);
  const health = new HealthImplementation({ ...Object.fromEntries(statuses), [LIVENESS]: 'SERVING' });
  let ended = false;
  let isServing = false;

  function set(isServingNow: (service: string) => boolean): void {
    isServing = isServingNow('');
    for (const name of names) health.setStatus(name, isServingNow(name) ? 'SERVING' : 'NOT_SERVING');
  }

  return {
    get serving() {
      return isServing;
    },
    addTo(server) {
      health.addToServer({
        addService: (definition, { watch, ...others }) => {
          if (!isHandler(watch)) throw new InternalError('grpc-health-check has no handler for Watch');
          server.addService(definition, { ...others, watch: limitedWatch(watch) });
        },
      });
    },
    setServing: (isServingNow) => {
      if (!ended) set(isServingNow);
    },
    end() {
      set(() => false);
      ended = true;
      for (const call of watchers) call.end();
    },
  };

  /** The library keeps every name that was ever watched, without a limit: it gets the calls for the names that exist. */
  function limitedWatch(watch: (call: WatchCall) => void): (call: WatchCall) => void {
    return (call) => {
      watchers.add(call);
      call.once('cancelled', () => watchers.delete(call));
      if ([...names, LIVENESS].includes(call.request.service)) watch(call);
      else call.write({ status: 'SERVICE_UNKNOWN' });
      if (ended) call.end();
    };
  }
}

function isHandler(value: unknown): value is (call: WatchCall) => void {
  return typeof value === 'function';
}

/** The health of a server, or of one of its services. */
export type ServingStatus = (typeof STATUSES)[number];

const STATUSES = ['SERVING', 'NOT_SERVING', 'UNKNOWN', 'SERVICE_UNKNOWN'] as const;

export interface CheckHealthOptions {
  /** Such as `127.0.0.1:50051`. */
  readonly address: string;
  /** A service's full name. Default: the server as a whole. */
  readonly service?: string | undefined;
  /** Encrypts the connection, with the files that these paths name; default: no TLS. */
  readonly tls?: ClientTlsFiles | undefined;
  /** How long an answer may take. Default 5 s. */
  readonly timeoutMs?: number | undefined;
}

/** Paths of PEM files. */
export interface ClientTlsFiles {
  /** The authority that signed the server's certificate. Default: those that Node trusts. */
  readonly ca?: string | undefined;
  /** The client's own certificate and key, for mutual TLS. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the server's certificate, where it differs from the address. */
  readonly serverName?: string | undefined;
}

/**
 * Asks a server for its health, by the standard protocol.
 *
 * @throws EnvironmentError when there is no answer.
 *
 * @example
 * await checkHealth({ address: '127.0.0.1:50051' }); // 'SERVING'
 */
export async function checkHealth({
  address,
  tls,
  timeoutMs = 5000,
  ...options
}: CheckHealthOptions): Promise<ServingStatus> {
  const name = tls?.serverName;
  const client = new Client(address, await channelCredentials(tls), {
    ...proxyOptionOf(address),
    ...(name ? { 'grpc.ssl_target_name_override': name } : {}),
  });
  try {
    return await ask(client, options.service ?? '', Date.now() + timeoutMs);
  } catch (cause) {
    const text = callErrorText(cause);
    const problem = connectionProblem(text, address) ?? text;
    throw new EnvironmentError('health.no_answer', `${address} does not answer: ${problem}`, {
      cause,
      nextActions: ['check that the server runs, and its address', 'behind TLS, pass --tls or --tls-ca'],
    });
  } finally {
    client.close();
  }
}

function ask(client: Client, name: string, deadline: number): Promise<ServingStatus> {
  const { path, requestSerialize, responseDeserialize } = service.Check as NonNullable<typeof service.Check>;
  return new Promise((resolve, reject) => {
    const onAnswer = (error: ServiceError | null, answer?: object) => {
      if (error?.code === Status.NOT_FOUND) resolve('SERVICE_UNKNOWN');
      else if (error) reject(error);
      else resolve(servingStatusIn(answer));
    };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: name }, { deadline }, onAnswer);
  });
}

/** The library gives the message no type. */
function servingStatusIn(answer: object | undefined): ServingStatus {
  const status: unknown = answer && Reflect.get(answer, 'status');
  return STATUSES.find((name) => name === status) ?? 'UNKNOWN';
}

async function channelCredentials(tls: ClientTlsFiles | undefined): Promise<ChannelCredentials> {
  if (!tls) return credentials.createInsecure();
  const [ca, key, cert] = await Promise.all([tls.ca, tls.key, tls.cert].map((path) => (path ? read(path) : null)));
  return credentials.createSsl(ca, key, cert);
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new EnvironmentError('health.tls', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
