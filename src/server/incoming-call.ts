import type { PeerCertificate } from 'node:tls';
import type { Metadata } from '@grpc/grpc-js';
import type { InterceptedCall } from '../runtime/index.js';

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
