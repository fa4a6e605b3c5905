import {
  type ChannelCredentials,
  Client,
  credentials,
  InterceptingCall,
  type Interceptor,
  status as Status,
} from '@grpc/grpc-js';
import { messageOf, UsageError } from '../errors/index.js';
import { onAbort } from '../waits/index.js';

/** How to reach a server. */
export interface ChannelOptions {
  /** Encrypts the connection: `true` trusts what Node trusts; PEM texts name an authority of your own, or who the client is. */
  readonly tls?: true | TlsOptions;
  /** Credentials of grpc-js, for what `tls` cannot say. Default: plain text, which suits loopback and a mesh that encrypts by itself. */
  readonly credentials?: ChannelCredentials;
  /**
   * A bearer token, or a function that is asked for one before every call, so that it can be renewed. It is refused over plain text to
   * another machine, unless `credentials` say plainly that it is meant.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Most bytes in one message. Default 4 MiB, as gRPC has it. */
  readonly maxMessageBytes?: number;
  /**
   * Bytes under way between server and client before the server waits. The default of grpc-js, 64 KiB, holds a download over 20 ms of
   * distance to 2 MB/s. Default 4 MiB.
   */
  readonly flowControlWindow?: number;
  /**
   * Spreads calls over every address that the name resolves to, in turn, as in `dns:///books:50051` of a headless service. Default
   * false: all calls go to one of them.
   */
  readonly balance?: boolean;
  /** Milliseconds between signs of life, without which a server whose machine died would be waited for for ever. Default 30,000. */
  readonly keepaliveMs?: number;
}

/** PEM texts, as files hold them. */
export interface TlsOptions {
  /** The authority that signed the server's certificate. */
  readonly ca?: string | Buffer;
  /** The client's own certificate and key, where the server asks for one. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

const DEFAULT_WINDOW_BYTES = 4 * 1024 * 1024;

const ROUND_ROBIN = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/**
 * How long a channel without a connection rests between two tries. Resuming has a backoff of its own, and goes on as soon as there is a
 * connection: a channel that rests for two minutes, as grpc-js would, must not hold it up.
 */
export const RECONNECT_MS = { first: 200, most: 2000 } as const;

const DEFAULT_KEEPALIVE_MS = 30_000;

/** The answer to a sign of life is waited for a third of the time between two. */
const KEEPALIVE_PATIENCE = 1 / 3;

/** A server, as the clients of its models reach it. */
export interface Connection {
  readonly channel: Client;
  /** Opens another connection to the same server; whoever asks closes it. */
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
 * A connection to a server, for one or more clients. Whoever opens it closes it.
 *
 * @throws UsageError when a token would travel in plain text to another machine.
 *
 * @example
 * const channel = openChannel('books.example.com:443', { tls: true, token: process.env.BOOKS_TOKEN });
 */
export function openChannel(address: string, options: ChannelOptions = {}): Client {
  if (options.token !== undefined) refusePlainToken(address, options);
  const { keepaliveMs = DEFAULT_KEEPALIVE_MS } = options;
  return new Client(address, credentialsOf(options), {
    'grpc-node.flow_control_window': options.flowControlWindow ?? DEFAULT_WINDOW_BYTES,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': Math.ceil(keepaliveMs * KEEPALIVE_PATIENCE),
    'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.first,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS.most,
    // Channels to one address share a connection otherwise, and with it one flow-control window and one core of the server.
    'grpc.use_local_subchannel_pool': 1,
    ...(options.balance ? { 'grpc.service_config': ROUND_ROBIN } : {}),
    ...(options.maxMessageBytes === undefined ? {} : { 'grpc.max_receive_message_length': options.maxMessageBytes }),
    ...(options.token === undefined ? {} : { interceptors: [bearer(options.token)] }),
  });
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
  if (tls || own || /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$|^unix:/.test(address)) return;
  throw new UsageError('client.plain_token', `the token would travel to ${address} in plain text`, {
    nextActions: [
      'encrypt the connection with `tls`',
      'or, where a mesh encrypts it, say so with `credentials: credentials.createInsecure()`',
    ],
  });
}

/** Call credentials of grpc-js work over TLS alone; a header works over loopback too. */
function bearer(token: NonNullable<ChannelOptions['token']>): Interceptor {
  return (options, nextCall) => {
    const call = new InterceptingCall(nextCall(options), {
      async start(metadata, listener, next) {
        try {
          metadata.set('authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
          next(metadata, listener);
        } catch (error) {
          next(metadata, listener);
          call.cancelWithStatus(Status.UNAVAILABLE, `the token could not be had: ${messageOf(error)}`);
        }
      },
    });
    return call;
  };
}

/** As long as a channel rests at most, and what a try takes. */
const PATIENCE_MS = RECONNECT_MS.most + 1000;

/**
 * Waits until a channel has a connection, or has had the time for a try at least. A channel without one rests between tries, and a call
 * meanwhile fails at once of what it remembers: that would be no attempt to reach the server, and it would not see that it is back.
 *
 * Never rejects: the call that comes next says what is wrong. Returns early when the signal is aborted.
 */
export function waitForConnection(
  channel: Client,
  deadline: Date | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const until = Math.min(Date.now() + PATIENCE_MS, deadline?.getTime() ?? Number.POSITIVE_INFINITY);
  return new Promise((resolve) => {
    const removeListener = onAbort(signal, resolve);
    channel.waitForReady(until, () => {
      removeListener();
      resolve();
    });
  });
}
