import {
  type ChannelCredentials,
  Client,
  compressionAlgorithms,
  credentials,
  InterceptingCall,
  type Interceptor,
  status as Status,
} from '@grpc/grpc-js';
import { messageOf, UsageError } from '../errors/index.js';
import { onAbort } from '../waits/index.js';
import { proxyOptionOf } from './http-proxy.js';
import { isLocalAddress } from './loopback.js';
import { connectsInTime, RenewableChannel } from './renewable-channel.js';

/** How to reach a server. */
export interface ChannelOptions {
  /**
   * Encrypts the connection: `true` trusts the authorities that Node trusts; PEM texts set your own authority, or the client's certificate.
   */
  readonly tls?: true | TlsOptions;
  /**
   * Credentials of grpc-js, for cases that `tls` does not cover. Default: plain text, which is right for loopback and for a mesh that
   * encrypts connections.
   */
  readonly credentials?: ChannelCredentials;
  /**
   * A bearer token, or a function that is called before every call, so that the token can be renewed. It is refused over plain text to
   * another machine, unless `credentials` are given.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** The most bytes in one message. Default 4 MiB, as in gRPC. */
  readonly maxMessageBytes?: number;
  /**
   * The flow-control window: how many bytes the server may send before it waits. The default of grpc-js, 64 KiB, limits a download with a
   * round trip of 20 ms to 2 MB/s. Default 4 MiB.
   */
  readonly flowControlWindow?: number;
  /**
   * Spreads calls over all addresses of the name, in turn, such as those of `dns:///books:50051` for a headless service. Default false: all
   * calls go to one address.
   */
  readonly balance?: boolean;
  /**
   * The longest time to connect, in milliseconds; a call that waits for longer ends with UNAVAILABLE, and a stream that resumes tries again.
   * Default 20,000.
   */
  readonly connectTimeoutMs?: number;
  /**
   * Compresses requests, and asks the server to compress what it sends: fewer bytes on the way, for more CPU at both ends. It pays over a
   * distance; rows smaller than 1 KiB are compressed only in batches. Default: nothing is compressed.
   */
  readonly compression?: 'gzip';
  /** Milliseconds between keepalive pings. Without pings, a client would never notice that the server's machine died. Default 30,000. */
  readonly keepaliveMs?: number;
}

/** PEM texts, as files hold them. */
export interface TlsOptions {
  /** The authority that signed the server's certificate. */
  readonly ca?: string | Buffer;
  /** The client's own certificate and key, if the server requires them. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

const DEFAULT_WINDOW_BYTES = 4 * 1024 * 1024;

const ROUND_ROBIN = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/**
 * The longest time that a channel waits between two attempts to connect. Resuming has its own backoff and continues as soon as there is a
 * connection: grpc-js's default, two minutes, would delay it.
 */
const RECONNECT_MS = { first: 200, longest: 2000 } as const;

const DEFAULT_KEEPALIVE_MS = 30_000;

const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** The time for the answer to a keepalive ping, as a part of the time between two pings. */
const KEEPALIVE_TIMEOUT_RATIO = 1 / 3;

/** The connection to a server, for the clients of its models. */
export interface Connection {
  readonly channel: Client;
  /** Opens another connection to the same server; the caller closes it. */
  another(): Client;
}

/**
 * Connects to a server. Generated code calls it.
 *
 * @throws UsageError when a token would travel in plain text to another machine.
 */
export function connect(address: string, options?: ChannelOptions): Connection {
  return { channel: openChannel(address, options), another: () => openChannel(address, options) };
}

/**
 * Opens a connection to a server, for one or more clients. The caller must close it.
 *
 * @throws UsageError when a token would travel in plain text to another machine.
 *
 * @example
 * const channel = openChannel('books.example.com:443', { tls: true, token: process.env.BOOKS_TOKEN });
 *
 */
export function openChannel(address: string, options: ChannelOptions = {}): Client {
  if (options.token !== undefined) refusePlainToken(address, options);
  const { keepaliveMs = DEFAULT_KEEPALIVE_MS, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const channelCredentials = credentialsOf(options);
  const channel = new RenewableChannel(address, channelCredentials, {
    'grpc-node.flow_control_window': options.flowControlWindow ?? DEFAULT_WINDOW_BYTES,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': Math.ceil(keepaliveMs * KEEPALIVE_TIMEOUT_RATIO),
    'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.first,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS.longest,
    // Otherwise channels to one address share a connection, and with it one flow-control window and one core of the server.
    'grpc.use_local_subchannel_pool': 1,
    ...proxyOptionOf(address),
    ...(options.compression
      ? { 'grpc.default_compression_algorithm': compressionAlgorithms[options.compression] }
      : {}),
    ...(options.balance ? { 'grpc.service_config': ROUND_ROBIN } : {}),
    ...(options.maxMessageBytes === undefined ? {} : { 'grpc.max_receive_message_length': options.maxMessageBytes }),
  });
  const interceptors = [
    ...(options.token === undefined ? [] : [bearer(options.token)]),
    connectsInTime(channel, address, connectTimeoutMs),
  ];
  return new Client(address, channelCredentials, { channelOverride: channel, interceptors });
}

function credentialsOf({ credentials: own, tls }: ChannelOptions): ChannelCredentials {
  if (own) return own;
  if (!tls) return credentials.createInsecure();
  const { ca, key, cert } = tls === true ? {} : tls;
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}

function bytes(pem: string | Buffer | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}

function refusePlainToken(address: string, { tls, credentials: own }: ChannelOptions): void {
  if (tls || own || isLocalAddress(address)) return;
  throw new UsageError('client.plain_token', `the token would be sent to ${address} in plain text`, {
    nextActions: [
      'encrypt the connection with `tls`',
      'or, where a mesh encrypts it, say so with `credentials: credentials.createInsecure()`',
    ],
  });
}

/** Call credentials of grpc-js work only over TLS; a header works over loopback, too. */
function bearer(token: NonNullable<ChannelOptions['token']>): Interceptor {
  return (options, nextCall) => {
    const call = new InterceptingCall(nextCall(options), {
      async start(metadata, listener, next) {
        try {
          metadata.set('authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
          next(metadata, listener);
        } catch (error) {
          next(metadata, listener);
          call.cancelWithStatus(Status.UNAVAILABLE, `the token could not be obtained: ${messageOf(error)}`);
        }
      },
    });
    return call;
  };
}

/** The longest wait of a channel, and the time for one attempt. */
const CONNECTION_WAIT_MS = RECONNECT_MS.longest + 1000;

/**
 * Waits until a channel has a connection, or has had time for at least one attempt. Between its attempts, a channel without a connection
 * fails calls at once with its last error: such a call does not try to reach the server, and misses that it is back.
 *
 * Never rejects: the next call fails with the reason. Returns early when the signal is aborted.
 */
export function waitForConnection(
  channel: Client,
  deadline: Date | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const until = Math.min(Date.now() + CONNECTION_WAIT_MS, deadline?.getTime() ?? Number.POSITIVE_INFINITY);
  return new Promise((resolve) => {
    const removeListener = onAbort(signal, resolve);
    channel.waitForReady(until, () => {
      removeListener();
      resolve();
    });
  });
}
