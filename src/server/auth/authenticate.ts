import { createHash, timingSafeEqual } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { Metadata } from '@grpc/grpc-js';
import { type InterceptedCall, type Principal, StreamError, type StreamLogger } from '../../runtime/index.js';

/**
 * Returns the caller. Undefined or a `StreamError` refuses the call; any other error refuses it with INTERNAL, and its details go to the log
 * only.
 *
 * @example
 * const authenticate: Authenticate = async ({ metadata }) => sessions.find(String(metadata.get('cookie')[0]));
 *
 */
export type Authenticate = (call: IncomingCall) => Promise<Principal | undefined> | Principal | undefined;

/** A call as it arrives, before any handler sees it. */
export interface IncomingCall {
  /** Full name, such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  readonly metadata: Metadata;
  /** The client's address, without its port. */
  readonly address: string;
  /** The client's certificate under mutual TLS; its chain has been verified. */
  readonly certificate: PeerCertificate | undefined;
}

export function incomingCall(path: string, metadata: Metadata, call: InterceptedCall): IncomingCall {
  return {
    method: path.slice(1),
    metadata,
    address: call.getConnectionInfo().remoteAddress ?? 'unknown',
    get certificate() {
      return call.getAuthContext().sslPeerCertificate;
    },
  };
}

/** The caller, from `authenticate` or, without it, from the client's certificate. */
export async function identify(
  call: IncomingCall,
  authenticate: Authenticate | undefined,
  logger: StreamLogger | undefined,
): Promise<Principal | undefined> {
  if (!authenticate) return certified(call);
  let principal: Principal | undefined;
  try {
    principal = await authenticate(call);
  } catch (error) {
    if (!(error instanceof StreamError)) logger?.error({ err: error, method: call.method }, 'authentication failed');
    throw error;
  }
  if (!principal) throw unauthenticated('auth.refused', 'the credentials were refused');
  return principal;
}

function certified({ certificate }: IncomingCall): Principal | undefined {
  const name = certificate?.subject.CN;
  return name === undefined ? undefined : { id: Array.isArray(name) ? name.join(',') : name };
}

/** The error for a call without valid credentials. */
export function unauthenticated(code: string, message: string, nextActions: readonly string[] = []): StreamError {
  return new StreamError(code, message, { status: 'UNAUTHENTICATED', phase: 'request', nextActions });
}

/**
 * Admits calls with one of the tokens, as `authorization: Bearer …`. Several tokens may be valid at a time, so that one can replace another
 * without an interruption.
 *
 * @param tokens Called for every call, so that the tokens may change.
 *
 * @example
 * const server = await startServer({ services, port: 50051, authenticate: tokenAuthenticator(() => [secret]) });
 *
 *
 */
export function tokenAuthenticator(tokens: () => readonly string[]): Authenticate {
  return ({ metadata }) => {
    const presented = digest(bearerToken(metadata));
    // Compares with every token, and always with the whole token: the time does not depend on how much of it was right.
    const known = tokens().filter((token) => timingSafeEqual(digest(token), presented)).length > 0;
    if (!known) throw unauthenticated('auth.unknown_token', 'the bearer token is not valid');
    return {};
  };
}

/**
 * The token that a call carries.
 *
 * @throws StreamError UNAUTHENTICATED when it carries none.
 */
export function bearerToken(metadata: Metadata): string {
  const token = /^Bearer +(\S+)$/i.exec(String(metadata.get('authorization')[0] ?? ''))?.[1];
  if (token !== undefined) return token;
  throw unauthenticated('auth.no_token', 'no bearer token', ['send the metadata `authorization: Bearer <token>`']);
}

/** Digests have one length, which a comparison in constant time needs. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
