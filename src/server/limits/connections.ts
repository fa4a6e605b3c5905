import { constants, type Http2Server, type Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import type { StreamLogger } from '../../runtime/index.js';
import { http2ServersOf } from '../../runtime/internals/grpc-js.js';
import { type CallLimits, CallRate, networkOf, Places } from './client-limits.js';
import { OccasionalLog } from './occasional-log.js';

export interface GuardConnectionsOptions {
  readonly limits: CallLimits;
  /** Seconds between pings of an idle client; 0 allows any. */
  readonly minPingInterval: number;
  readonly logger?: StreamLogger | undefined;
}

/** A client that goes on to call so many times as often as it may has not understood that it was refused. */
const DEAF = 2;

/**
 * Guards a server where no interceptor does: connections are counted before anything is read from them, and clients that begin calls
 * without end – refused or not, unknown or reset at once – or ping without end are let go of. Reading what they send is what costs.
 *
 * @returns Whether the server is guarded: what it guards is no public part of grpc-js.
 */
export function guardConnections(
  server: Server,
  { limits, minPingInterval, logger }: GuardConnectionsOptions,
): boolean {
  const servers = http2ServersOf(server);
  for (const http2Server of servers) {
    countConnections(http2Server, limits, logger);
    cutFloods(http2Server, limits, logger);
    if (minPingInterval > 0) guardPings(http2Server, minPingInterval);
  }
  return servers.length > 0;
}

/** Before TLS has cost anything. */
function countConnections(server: Http2Server, limits: CallLimits, logger: StreamLogger | undefined): void {
  const places = new Places({ inAll: limits.maxConnections, perClient: limits.maxConnectionsPerClient });
  const refused = new OccasionalLog(logger, 'connections refused: there are too many');
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? 'unknown';
    const leave = places.take(networkOf(address));
    if (leave) return socket.once('close', leave);
    refused.note({ address });
    return socket.destroy();
  });
}

function cutFloods(server: Http2Server, { maxCallsPerSecond }: CallLimits, logger: StreamLogger | undefined): void {
  const rate = new CallRate(maxCallsPerSecond * DEAF);
  const cut = new OccasionalLog(logger, 'connections cut: their clients begin calls without end');
  server.on('session', (session) => {
    const address = session.socket.remoteAddress ?? 'unknown';
    const network = networkOf(address);
    // Of the session: a stream that was reset at once knows its session no more.
    session.on('stream', () => {
      if (session.destroyed || rate.waitMs(network) === 0) return;
      cut.note({ address });
      // Behind grpc-js, which is about to answer on the stream.
      process.nextTick(() => cutOff(session));
    });
  });
}

function cutOff(session: Http2Session): void {
  if (session.destroyed) return;
  session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  session.destroy();
}

/** Pings that a client may have saved up. */
const BURST = 10;

/** What is sent of itself now and then, such as pings of the server's own, is no data yet. */
const BYTES_BESIDE_ANSWERS = 64;

/** Of a frame that answers, its head among them. */
const ANSWER_BYTES = { ping: 17, remoteSettings: 9 } as const;

/** What gRPC clients understand: they ping half as often from then on. */
const REASON = Buffer.from('too_many_pings');

/**
 * Lets go of clients that ping, or change their settings, without end while nothing but the answers is sent to them. While data flows
 * they are free: clients measure the way by them.
 */
export function guardPings(server: Http2Server, minIntervalSeconds: number): void {
  server.on('session', (session: Http2Session) => watch(session, minIntervalSeconds * 1000));
}

function watch(session: Http2Session, minIntervalMs: number): void {
  // One more, for the settings that every client begins with.
  let tokens = BURST + 1;
  let lastMs = performance.now();
  let bytesAtData = 0;
  let answerBytes = 0;
  const onFrame = (frame: keyof typeof ANSWER_BYTES) => {
    const [nowMs, bytes] = [performance.now(), session.socket?.bytesWritten ?? 0];
    const dataFlowed = bytes - bytesAtData > answerBytes + BYTES_BESIDE_ANSWERS;
    if (dataFlowed) [bytesAtData, answerBytes] = [bytes, 0];
    tokens = dataFlowed ? BURST : Math.min(BURST, tokens + (nowMs - lastMs) / minIntervalMs) - 1;
    lastMs = nowMs;
    answerBytes += ANSWER_BYTES[frame];
    if (tokens >= 0 || session.destroyed) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, REASON);
    session.destroy();
  };
  session.on('ping', () => onFrame('ping'));
  session.on('remoteSettings', () => onFrame('remoteSettings'));
}

/**
 * Follows the connections of a server that is bound, so that they can be cut. grpc-js would reset their calls as cancelled, which tells
 * clients that they did so themselves, and no client tries such a call again. One whose connection is gone is UNAVAILABLE to all of them.
 *
 * @returns Cuts those that are open.
 */
export function followConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  for (const http2Server of http2ServersOf(server)) {
    http2Server.prependListener('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
  }
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
