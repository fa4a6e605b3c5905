import { constants, type Http2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** Pings that a client may have saved up. */
const BURST = 10;

/** More than the acknowledgement of a ping: something else was sent since the last one. */
const BYTES_BEYOND_ACKNOWLEDGEMENTS = 64;

/** What gRPC clients understand: they ping half as often from then on. */
const REASON = Buffer.from('too_many_pings');

/**
 * Lets go of clients that ping without end while nothing is sent to them; each ping costs an answer. While data flows pings are free:
 * clients measure the way by them.
 *
 * grpc-js has no such guard, and its HTTP/2 servers are not part of its public interface: where they are not as expected, there is
 * none here either.
 *
 * @returns Whether the server is guarded.
 */
export function guardPings(server: Server, minIntervalSeconds: number): boolean {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  if (minIntervalSeconds === 0 || !(servers instanceof Map)) return false;
  for (const http2Server of servers.keys()) {
    http2Server.on('session', (session: Http2Session) => watch(session, minIntervalSeconds * 1000));
  }
  return servers.size > 0;
}

function watch(session: Http2Session, minIntervalMs: number): void {
  let tokens = BURST;
  let lastMs = performance.now();
  let lastBytes = 0;
  session.on('ping', () => {
    const [nowMs, bytes] = [performance.now(), session.socket?.bytesWritten ?? 0];
    const dataFlowed = bytes - lastBytes > BYTES_BEYOND_ACKNOWLEDGEMENTS;
    tokens = dataFlowed ? BURST : Math.min(BURST, tokens + (nowMs - lastMs) / minIntervalMs) - 1;
    [lastMs, lastBytes] = [nowMs, bytes];
    if (tokens >= 0 || session.destroyed) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, REASON);
    session.destroy();
  });
}
