import { constants, type Http2Server, type Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import type { StreamLogger } from '../../runtime/index.js';
import { http2ServersOf } from '../../runtime/internals/grpc-js.js';
import { CallRate } from './call-rate.js';
import type { CallLimits } from './client-limits.js';
import { guardPings } from './guard-pings.js';
import { networkOf } from './network-of.js';
import { OccasionalLog } from './occasional-log.js';
import { Places } from './places.js';

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
