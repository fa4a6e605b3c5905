import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { proxyOptionOf } from '../../client/loopback.js';
import { BenchError, EnvironmentError } from '../../errors/index.js';
import type { BenchLoad, BenchSetting } from '../../results/index.js';
import { decodePartitions, encodePartitionRequest, encodeStreamRequest, type StreamRange } from '../wire/messages.js';
import type { ServerAccess, ServerPlace } from '../wire/server-place.js';

/** At least one client. */
export type Clients = readonly [RawClient, ...RawClient[]];

/** Clients whose connections stay open between samples, so that no sample pays for opening one. */
interface ClientPool {
  /** A connection for each client of a load, and for each partition that it reads. */
  to(server: ServerPlace, load: BenchLoad): Promise<Clients>;
  close(): void;
}

/** A sweep of loads alternates between a few kinds; more clients would belong to fresh servers that have ended. */
const MOST_KINDS = 32;

export function clientPool(): ClientPool {
  const kinds = new Map<string, RawClient[]>();
  return {
    async to(server, { clients, partitions, windowBytes }) {
      const key = `${server.address} ${windowBytes}`;
      const opened = kinds.get(key) ?? [];
      kinds.delete(key);
      kinds.set(key, opened);
      closeOldest(kinds);
      const wanted = clients * partitions;
      while (opened.length < wanted) opened.push(await openRawClient(server, windowBytes));
      const [first, ...rest] = opened.slice(0, wanted);
      return [first ?? (await openRawClient(server, windowBytes)), ...rest];
    },
    close() {
      for (const client of [...kinds.values()].flat()) client.close();
    },
  };
}

function closeOldest(kinds: Map<string, RawClient[]>): void {
  for (const [key, clients] of kinds) {
    if (kinds.size <= MOST_KINDS) return;
    for (const client of clients) client.close();
    kinds.delete(key);
  }
}

/** A gRPC client that receives messages as bytes: with decoding, the bench would measure the client. */
export interface RawClient {
  open(setting: BenchSetting, range: StreamRange): ClientReadableStream<Buffer>;
  /** Requests the partitions of the table; they are passed on as bytes. */
  partition(count: number): Promise<readonly Uint8Array[]>;
  close(): void;
}

/** A stream that takes longer counts as hung. */
const TIMEOUT_MS = 10 * 60_000;

/** Larger than any batch that a server is configured to send. */
const MAX_MESSAGE_BYTES = 1024 * 1024 * 1024;

/** The window of the generated client. */
const USUAL_WINDOW_BYTES = 4 * 1024 ** 2;

/** Connects before the first stream, so that no stream pays for it. */
async function openRawClient(
  { address, methods, access }: ServerPlace,
  windowBytes: number | null,
): Promise<RawClient> {
  const client = new Client(address, credentialsOf(access), {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc-node.flow_control_window': windowBytes ?? USUAL_WINDOW_BYTES,
    /** Clients that share a connection would share its window. */
    'grpc.use_local_subchannel_pool': 1,
    ...proxyOptionOf(address),
  });
  await connected(client, address);
  return {
    open: (setting, range) =>
      client.makeServerStreamRequest(
        setting.load.method === 'stream' ? methods[setting.mode] : methods[setting.load.method],
        (request: Buffer) => request,
        (message: Buffer) => message,
        encodeStreamRequest(setting, range),
        metadataOf(access),
        { deadline: Date.now() + TIMEOUT_MS },
      ),
    partition: (count) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          methods.partition,
          (request: Buffer) => request,
          decodePartitions,
          encodePartitionRequest(count),
          metadataOf(access),
          { deadline: Date.now() + TIMEOUT_MS },
          (error, parts) => (error ? reject(streamFailed(error)) : resolve(parts ?? [])),
        );
      }),
    close: () => client.close(),
  };
}

function credentialsOf({ tls }: ServerAccess): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const buffer = (text: string | null) => (text === null ? null : Buffer.from(text));
  return credentials.createSsl(buffer(tls.ca), buffer(tls.key), buffer(tls.cert));
}

function metadataOf({ token }: ServerAccess): Metadata {
  const metadata = new Metadata();
  if (token !== null) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

const CONNECT_TIMEOUT_MS = 10_000;

function connected(client: Client, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) => {
      if (!error) return resolve();
      client.close();
      reject(
        new EnvironmentError('bench.unreachable', `the server at ${address} did not answer: ${error.message}`, {
          nextActions: ['check that it runs there, and whether it requires TLS (--tls, --tls-ca FILE)'],
        }),
      );
    });
  });
}

/** The error for a stream that failed, with what to do next. */
export function streamFailed({ code, details }: ServiceError): BenchError {
  return new BenchError('bench.stream_failed', `a stream failed with ${status[code]}: ${details}`, {
    nextActions: [advice[code] ?? 'run with --verbose to see the server’s side'],
  });
}

const advice: Readonly<Partial<Record<status, string>>> = {
  [status.UNAUTHENTICATED]: 'give the server’s token with --token',
  [status.PERMISSION_DENIED]: 'use a token that may read this model',
  [status.UNIMPLEMENTED]: 'the server does not speak this proto; run `npx grpc-stream generate` and start it again',
};
