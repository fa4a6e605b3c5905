import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { BenchError, EnvironmentError, InternalError } from '../../errors/index.js';
import type { BenchLoad, BenchSetting } from '../../results/index.js';
import { deferred, inTime } from '../../waits/index.js';
import { decodePartitions, encodePartitionRequest, encodeStreamRequest, type StreamRange } from '../wire/messages.js';
import type { ServerPlace } from '../wire/server-place.js';
import { FrameConnection } from './frame-connection.js';
import { type CallEnd, type CallOptions, type GrpcCall, makeCall } from './grpc-call.js';
import { messageReader, type Receiver } from './message-reader.js';

/** At least one client. */
export type Clients = readonly [RawClient, ...RawClient[]];

/** Clients whose connections stay open between samples, so that no sample pays for opening one. */
interface ClientPool {
  /** A connection for each client that a load asks for, and for each part that it reads. */
  to(server: ServerPlace, load: BenchLoad): Promise<Clients>;
  close(): void;
}

/** A sweep of loads alternates between a few kinds; more would be those of fresh servers that are gone. */
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

/** A gRPC client that takes rows as bytes: decoding would make the client the bottleneck that is measured. */
export interface RawClient {
  open(setting: BenchSetting, range: StreamRange, receiver: Receiver): GrpcCall;
  /** Asks which parts the table is split into; each is passed on as it came. */
  partition(count: number): Promise<readonly Uint8Array[]>;
  /** How long a frame takes to the server and back, in milliseconds. */
  ping(): Promise<number>;
  close(): void;
}

/** A client that compresses its requests gets compressed messages. */
const compressionHeaders: Readonly<Record<BenchLoad['compression'], OutgoingHttpHeaders>> = {
  none: {},
  gzip: { 'grpc-encoding': 'gzip', 'grpc-accept-encoding': 'gzip' },
};

/** A stream that takes longer hangs. */
const TIMEOUT_MS = 10 * 60_000;

/** What the generated client asks for. */
const USUAL_WINDOW_BYTES = 4 * 1024 ** 2;

/** Connects before the first stream, so that no stream pays for it. */
async function openRawClient(server: ServerPlace, windowBytes: number | null): Promise<RawClient> {
  const { methods } = server;
  const { session, connection } = await openSession(server, windowBytes ?? USUAL_WINDOW_BYTES);
  const access = server.access.token === null ? {} : { authorization: `Bearer ${server.access.token}` };
  const call = (path: string, request: Uint8Array, receiver: Receiver, own: Partial<CallOptions> = {}) => {
    const headers = { ...access, ...own.headers };
    return makeCall({ session, path, request, timeoutMs: TIMEOUT_MS, receiver, ...own, headers });
  };
  return {
    open: (setting, range, receiver) => {
      const { method, compression, paceRowsPerSecond } = setting.load;
      const path = methods[method === 'stream' ? setting.mode : method];
      const request = Buffer.concat([queryOf(server, setting.load), encodeStreamRequest(setting, range)]);
      return call(path, request, receiver, {
        headers: compressionHeaders[compression],
        /** Whoever reads slowly holds its stream back, which the session does. */
        connection: paceRowsPerSecond === null ? connection : undefined,
      });
    },
    partition: async (count) => {
      const pieces: Buffer[] = [];
      const receiver = messageReader({
        take: (bytes, from, to) => void pieces.push(Buffer.from(bytes.subarray(from, to))),
        end: () => {},
      });
      assertOk(await call(methods.partition, encodePartitionRequest(count), receiver).ended);
      return decodePartitions(Buffer.concat(pieces));
    },
    ping: () =>
      new Promise((resolve, reject) => {
        session.ping((error, milliseconds) => (error ? reject(error) : resolve(milliseconds)));
      }),
    close: () => session.destroy(),
  };
}

/** Members of a message may stand in any order: those of the query come first. */
function queryOf({ queries }: ServerPlace, { query }: BenchLoad): Uint8Array {
  if (query === undefined) return new Uint8Array();
  const request = queries?.[query];
  if (request) return request;
  throw new InternalError(`there is no request for ${query}`);
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Waits for the server's settings: before them, it may not be HTTP/2 that answers. */
async function openSession({ address, access: { tls } }: ServerPlace, windowBytes: number) {
  const url = new URL(`${tls ? 'https' : 'http'}://${address}`);
  const connection = new FrameConnection(url, { tls, windowBytes });
  const session = connect(url, {
    createConnection: () => connection,
    settings: { initialWindowSize: windowBytes, enablePush: false },
    /** The window bounds what waits for the reader; a bound on all streams together would refuse new ones. */
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });
  const opened = deferred<string | undefined>();
  session.once('remoteSettings', () => opened.resolve(undefined));
  session.on('error', ({ message }) => opened.resolve(message));
  session.once('close', () => opened.resolve('it closed the connection'));
  const answered = await inTime(opened.promise, CONNECT_TIMEOUT_MS);
  const failure = answered ? await opened.promise : 'it said nothing in time';
  if (failure !== undefined) {
    session.destroy();
    throw unreachable(address, failure);
  }
  session.setLocalWindowSize(windowBytes);
  return { session, connection };
}

function unreachable(address: string, why: string): EnvironmentError {
  return new EnvironmentError('bench.unreachable', `the server at ${address} did not answer: ${why}`, {
    nextActions: ['check that it runs there, and whether it wants TLS (--tls, --tls-ca FILE)'],
  });
}

/** @throws BenchError where a stream ended with an error, in words that help. */
export function assertOk({ code, details }: CallEnd): void {
  if (code === status.OK) return;
  throw new BenchError('bench.stream_failed', `a stream failed with ${status[code]}: ${details}`, {
    nextActions: [advice[code] ?? 'run with --verbose to see the server’s side'],
  });
}

const advice: Readonly<Partial<Record<status, string>>> = {
  [status.UNAUTHENTICATED]: 'give the server’s token with --token',
  [status.PERMISSION_DENIED]: 'use a token that may read this model',
  [status.UNIMPLEMENTED]: 'the server does not speak this proto; run `npx grpc-stream generate` and start it again',
};
