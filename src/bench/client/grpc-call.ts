import type { OutgoingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { messageOf } from '../../errors/index.js';
import { deferred } from '../../waits/index.js';
import type { FrameConnection } from './frame-connection.js';
import type { Receiver } from './message-reader.js';

/** How a call ended, as the server said; where it said nothing, as HTTP/2 did. */
export interface CallEnd {
  readonly code: status;
  readonly details: string;
}

/** A call whose bytes are handed on as they come. */
export interface GrpcCall {
  /** Never rejects: a failure is an end too. */
  readonly ended: Promise<CallEnd>;
  /** Stops taking bytes from the connection, which holds the server back. Not for a call whose data is diverted. */
  pause(): void;
  resume(): void;
  cancel(): void;
}

export interface CallOptions {
  readonly session: ClientHttp2Session;
  /** The session's connection, where the data of the call is to be diverted from it. Default: the session has the data. */
  readonly connection?: FrameConnection | undefined;
  readonly path: string;
  readonly request: Uint8Array;
  readonly headers: OutgoingHttpHeaders;
  readonly timeoutMs: number;
  readonly receiver: Receiver;
}

/**
 * Makes a call over HTTP/2 itself. A library would turn every message into an event of its own; on two cores, that costs more than
 * the server spends on the row inside, and the client would be what is measured.
 */
export function makeCall({ session, connection, path, request, headers, timeoutMs, receiver }: CallOptions): GrpcCall {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': `${timeoutMs}m`,
    ...headers,
  });
  const ended = deferred<CallEnd>();
  let failure: CallEnd | undefined;
  let said: CallEnd | undefined;
  const fail = (code: status, details: string) => {
    failure ??= { code, details };
    stream.close(constants.NGHTTP2_CANCEL);
  };
  const timer = setTimeout(() => fail(status.DEADLINE_EXCEEDED, `it took longer than ${timeoutMs} ms`), timeoutMs);
  stream.on('response', (response) => {
    said ??= endIn(response);
    if (response[':status'] !== 200) fail(status.UNAVAILABLE, `the server answered with HTTP ${response[':status']}`);
  });
  stream.on('trailers', (trailers) => {
    said ??= endIn(trailers);
  });
  const take = (piece: Buffer, arrivedAt?: number) => {
    if (failure) return;
    try {
      receiver.take(piece, arrivedAt);
    } catch (error) {
      fail(status.INTERNAL, messageOf(error));
    }
  };
  stream.on('data', (piece: Buffer) => take(piece));
  const { id = 0 } = stream;
  connection?.divert(id, { take, sent: () => receiver.sent?.(), ended: (arrivedAt) => receiver.ended?.(arrivedAt) });
  /** What an error means stands in its code, which is read when the stream closes. */
  stream.on('error', (error) => {
    failure ??= failureOf(session, stream, error.message);
  });
  stream.once('close', () => {
    clearTimeout(timer);
    connection?.restore(id);
    const isCutOff = said?.code === status.OK && receiver.isPartial;
    if (isCutOff) failure ??= { code: status.INTERNAL, details: 'the stream ended within a message' };
    ended.resolve(failure ?? said ?? failureOf(session, stream, 'the server ended the stream without a status'));
  });
  stream.end(framed(request));
  return {
    ended: ended.promise,
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    cancel: () => fail(status.CANCELLED, 'cancelled by the client'),
  };
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The status in headers or trailers; undefined where they have none. */
function endIn(headers: IncomingHttpHeaders): CallEnd | undefined {
  const { 'grpc-status': code, 'grpc-message': details } = headers;
  if (code === undefined) return undefined;
  const known = Object.values(status).find((value): value is status => value === Number(code));
  return { code: known ?? status.UNKNOWN, details: decoded(String(details ?? '')) };
}

/** Percent-encoded, as gRPC's protocol has it; a text that is not is shown as it is. */
function decoded(details: string): string {
  try {
    return decodeURIComponent(details);
  } catch {
    return details;
  }
}

/** What a reset means, by gRPC's table of HTTP/2 error codes. */
const resets: Readonly<Record<number, status>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: status.UNAVAILABLE,
  [constants.NGHTTP2_CANCEL]: status.CANCELLED,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: status.RESOURCE_EXHAUSTED,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: status.PERMISSION_DENIED,
};

function failureOf({ destroyed }: ClientHttp2Session, { rstCode = 0 }: ClientHttp2Stream, message: string): CallEnd {
  if (destroyed) {
    return { code: status.UNAVAILABLE, details: `the connection was lost: ${message}` };
  }
  return { code: resets[rstCode] ?? status.INTERNAL, details: message };
}
