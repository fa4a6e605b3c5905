import { constants, type Http2Server, type Http2Session } from 'node:http2';

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
