import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Server as NetServer, Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import type { StreamLogger } from '../../runtime/index.js';
import { http2ServersOf } from '../../runtime/internals/grpc-js.js';
import { type CallLimits, CallRate, ConcurrencyLimit, networkOf, ThrottledWarning } from './client-limits.js';

export interface FollowConnectionsOptions {
  readonly limits: CallLimits;
  /** Seconds between pings of an idle client; 0 allows any. */
  readonly minPingInterval: number;
  readonly logger?: StreamLogger | undefined;
}

/** The connections of a server. */
export interface Connections {
  /**
   * Closes all open connections. grpc-js would reset their calls with CANCELLED, which clients take for their own cancellation and do not
   * retry. A call whose connection breaks is UNAVAILABLE for every client.
   */
  cut(): void;
}

/**
 * Follows the connections of a server that is bound. It limits their number, and closes those of clients that begin too many calls or ping
 * too often, also when the calls are refused, unknown or reset at once: reading them costs time, and no interceptor sees them.
 *
 * With a grpc-js that lacks the part that this needs, nothing is limited and nothing closed; `grpcInternals` tells.
 */
export function followConnections(server: Server, options: FollowConnectionsOptions): Connections {
  const sockets = new Set<Socket>();
  const mayConnect = connectionLimit(options);
  const flood = callFloodLimit(options);
  for (const http2Server of http2ServersOf(server)) {
    admitConnections(http2Server, (socket) => {
      if (!mayConnect(socket)) {
        socket.destroy();
        return false;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (flood.admits(socket)) return true;
      hold(socket);
      return false;
    });
    http2Server.on('session', (session: Http2Session) => {
      flood.limit(session);
      if (options.minPingInterval > 0) limitPings(session, options.minPingInterval * 1000);
    });
  }
  return {
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Keeps connections that are not admitted from TLS and HTTP/2: in a flood, most are not.
 *
 * @param isAdmitted Also ends the connections that it does not admit, at once or later.
 */
function admitConnections(server: NetServer, isAdmitted: (socket: Socket) => boolean): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (isAdmitted(socket)) for (const listener of listeners) listener.call(server, socket);
  });
}

/** Closes a connection later: closed at once, it would be opened again at once, and to accept it costs more than to keep it. */
function hold(socket: Socket): void {
  // Its client may break it before; it is closed then, too.
  socket.on('error', () => {});
  setTimeout(() => socket.destroy(), HOLD_MS * (1 + Math.random())).unref();
}

/** Many connections are held for different times, so that they do not come back together: for one to two of these. */
const HOLD_MS = 1000;

function connectionLimit({ limits, logger }: FollowConnectionsOptions): (socket: Socket) => boolean {
  const connections = new ConcurrencyLimit({ total: limits.maxConnections, perClient: limits.maxConnectionsPerClient });
  const refused = new ThrottledWarning(logger, 'connections refused: there are too many');
  return (socket) => {
    const address = socket.remoteAddress ?? 'unknown';
    const leave = connections.enter(networkOf(address));
    if (leave) socket.once('close', leave);
    else refused.add({ address });
    return leave !== undefined;
  };
}

/** A client that begins this many times as many calls as it may ignores refusals. */
const FLOOD_FACTOR = 2;

/**
 * A call that its client resets at once, before any answer, counts as this many: its work is thrown away, and the client has room for the
 * next one at once.
 */
const RESET_COST = 20;

/** A new connection costs as much as this many calls. After a flood, its client comes back with one connection at a time. */
const CONNECTION_COST = 2;

/** A call that lasted for longer was not reset at once. */
const AT_ONCE_MS = 1000;

/** The clients that begin too many calls. */
interface CallFlood {
  /** Counts a new connection; false for a client that has begun more calls than it may: what it sends is read before it is counted. */
  admits(socket: Socket): boolean;
  /** Counts the calls of a session, and closes it when its client begins too many. */
  limit(session: Http2Session): void;
}

function callFloodLimit({ limits, logger }: FollowConnectionsOptions): CallFlood {
  const rate = new CallRate(limits.maxCallsPerSecond * FLOOD_FACTOR);
  const tooMany = new ThrottledWarning(logger, 'connections closed: their clients begin too many calls');
  const resets = new ThrottledWarning(logger, 'connections closed: their clients begin calls and reset them at once');
  const sessions = new Map<string, Map<Http2Session, Set<ServerHttp2Stream>>>();

  /** Closes a session, and those of the same client that serve nothing: their calls would be the next ones. */
  function closeWithIdle(session: Http2Session, network: string): void {
    for (const [other, streams] of sessions.get(network) ?? []) {
      if (other === session || ![...streams].some(({ headersSent }) => headersSent)) closeSession(other);
    }
  }

  return {
    admits(socket) {
      const address = socket.remoteAddress ?? 'unknown';
      const network = networkOf(address);
      const admitted = rate.charge(network, 0);
      if (admitted) rate.charge(network, CONNECTION_COST);
      else tooMany.add({ address });
      return admitted;
    },
    limit(session) {
      const address = session.socket.remoteAddress ?? 'unknown';
      const network = networkOf(address);
      const ofClient = sessions.get(network) ?? new Map<Http2Session, Set<ServerHttp2Stream>>();
      const streams = new Set<ServerHttp2Stream>();
      sessions.set(network, ofClient.set(session, streams));
      session.once('close', () => {
        ofClient.delete(session);
        if (ofClient.size === 0 && sessions.get(network) === ofClient) sessions.delete(network);
      });
      const counted = { calls: 0, resets: 0 };
      let isClosing = false;
      const count = (kind: keyof typeof counted, cost: number) => {
        counted[kind] += cost;
        if (rate.charge(network, cost) || isClosing || session.destroyed) return;
        isClosing = true;
        // The last one need not be of the kind that used up the limit.
        const warning = counted.resets > counted.calls ? resets : tooMany;
        warning.add({ address });
        // After grpc-js, which will answer on the stream.
        process.nextTick(closeWithIdle, session, network);
      };
      // A listener on the session: a stream that was reset at once no longer has its session.
      session.on('stream', (stream: ServerHttp2Stream) => {
        const beganMs = performance.now();
        // Its reset came with it: the next ones are already read.
        if (isResetByClient(stream)) return count('resets', RESET_COST);
        streams.add(stream);
        count('calls', 1);
        stream.once('close', () => {
          streams.delete(stream);
          // Where the connection broke, Node closes its streams as if they had been reset.
          if (session.closed || session.destroyed) return;
          if (isResetByClient(stream) && performance.now() - beganMs < AT_ONCE_MS) count('resets', RESET_COST - 1);
        });
      });
    },
  };
}

/** Whether a client reset a call before any answer. */
function isResetByClient(stream: ServerHttp2Stream): boolean {
  return stream.rstCode === constants.NGHTTP2_CANCEL && !stream.headersSent;
}

/** The most pings that a client may save up. */
const PING_BURST = 10;

/** The server also sends a few frames without data, such as its own pings. */
const MAX_BYTES_WITHOUT_DATA = 64;

/** The size of the answering frame, with its header. */
const ANSWER_BYTES = { ping: 17, remoteSettings: 9 } as const;

/** gRPC clients understand this text: they ping half as often from then on. */
const TOO_MANY_PINGS = Buffer.from('too_many_pings');

/**
 * Closes the connection of a client that pings, or changes its settings, too often while the server sends it only the answers. While data is
 * sent, the client may ping at any rate: clients measure the bandwidth with pings.
 */
function limitPings(session: Http2Session, minIntervalMs: number): void {
  // One more for the settings that every client sends first.
  let tokens = PING_BURST + 1;
  let lastMs = performance.now();
  let bytesAtData = 0;
  let answerBytes = 0;
  const onFrame = (frame: keyof typeof ANSWER_BYTES) => {
    const [nowMs, bytes] = [performance.now(), session.socket?.bytesWritten ?? 0];
    const dataFlowed = bytes - bytesAtData > answerBytes + MAX_BYTES_WITHOUT_DATA;
    if (dataFlowed) [bytesAtData, answerBytes] = [bytes, 0];
    tokens = dataFlowed ? PING_BURST : Math.min(PING_BURST, tokens + (nowMs - lastMs) / minIntervalMs) - 1;
    lastMs = nowMs;
    answerBytes += ANSWER_BYTES[frame];
    if (tokens < 0) closeSession(session, TOO_MANY_PINGS);
  };
  session.on('ping', () => onFrame('ping'));
  session.on('remoteSettings', () => onFrame('remoteSettings'));
}

function closeSession(session: Http2Session, reason?: Buffer): void {
  if (session.destroyed) return;
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, reason);
  session.destroy();
}
