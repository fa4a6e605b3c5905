import type { PeerCertificate } from 'node:tls';
import type { Metadata } from '@grpc/grpc-js';
import { type InterceptedCall, type Principal, StreamError, type StreamLogger } from '../../runtime/index.js';

/**
 * Says who makes a call. Nobody, or a `StreamError`, refuses it; whatever else is thrown refuses it as well, with INTERNAL, and the
 * details go to the log alone.
 *
 * @example
 * const authenticate: Authenticate = async ({ metadata }) => sessions.find(String(metadata.get('cookie')[0]));
 */
export type Authenticate = (call: IncomingCall) => Promise<Principal | undefined> | Principal | undefined;

/** Who makes a call: what `authenticate` says, or else the certificate that the client showed. */
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

/** Refuses a call for want of the right credentials. */
export function unauthenticated(code: string, message: string, nextActions: readonly string[] = []): StreamError {
  return new StreamError(code, message, { status: 'UNAUTHENTICATED', phase: 'request', nextActions });
}

function certified({ certificate }: IncomingCall): Principal | undefined {
  const name = certificate?.subject.CN;
  return name === undefined ? undefined : { id: Array.isArray(name) ? name.join(',') : name };
}

/** A call as it arrives, before any handler sees it. */
export interface IncomingCall {
  /** Full name, such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  readonly metadata: Metadata;
  /** The client's address, without its port. */
  readonly address: string;
  /** What the client showed under mutual TLS; its chain has been verified. */
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
