import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';

/** Node waits for two minutes. */
const HANDSHAKE_MS = 10_000;

/**
 * Credentials whose certificates can be replaced while the server listens: new connections get the new ones, those that are open go
 * on undisturbed. What it builds on, grpc-js means for its subclasses; its own that read files stop serving on a file that is
 * half written.
 */
export class ReloadingCredentials extends ServerCredentials {
  constructor(context: SecureContextOptions) {
    // A client's certificate is asked for where there is an authority to check it by; Node refuses whoever shows none.
    super({ requestCert: context.ca !== undefined, handshakeTimeout: HANDSHAKE_MS }, context);
  }

  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
