import { readFile } from 'node:fs/promises';
import { Client, credentials, type ServiceError, status as Status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { callErrorText, EnvironmentError, messageOf } from '../../errors/index.js';

/** What a server says of itself, or of one of its services. */
export type ServingStatus = (typeof STATUSES)[number];

const STATUSES = ['SERVING', 'NOT_SERVING', 'UNKNOWN', 'SERVICE_UNKNOWN'] as const;

export interface CheckHealthOptions {
  /** Such as `127.0.0.1:50051`. */
  readonly address: string;
  /** A service's full name. Default: the server as a whole. */
  readonly service?: string | undefined;
  /** Paths of PEM files; default: no TLS. */
  readonly tls?: ClientTlsFiles | undefined;
  /** How long an answer may take. Default 5 s. */
  readonly timeoutMs?: number | undefined;
}

export interface ClientTlsFiles {
  /** Whom the server's certificate must be from. */
  readonly ca: string;
  /** What the client shows under mutual TLS, with its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the server's certificate, where it is not that of the address. */
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
  const client = new Client(
    address,
    await channelCredentials(tls),
    name ? { 'grpc.ssl_target_name_override': name } : {},
  );
  try {
    return await ask(client, options.service ?? '', Date.now() + timeoutMs);
  } catch (cause) {
    throw new EnvironmentError('health.no_answer', `${address} does not answer: ${callErrorText(cause)}`, {
      cause,
      nextActions: ['check that the server runs, and its address', 'behind TLS, pass --tls-ca'],
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

/** The message comes without a type of its own. */
function servingStatusIn(answer: object | undefined): ServingStatus {
  const status: unknown = answer && Reflect.get(answer, 'status');
  return STATUSES.find((name) => name === status) ?? 'UNKNOWN';
}

async function channelCredentials(tls: ClientTlsFiles | undefined) {
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
