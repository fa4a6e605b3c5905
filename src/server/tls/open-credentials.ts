import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { StreamLogger } from '../../runtime/index.js';
import { watchFiles } from '../watch-files.js';
import { readTlsFiles, type TlsContext, type TlsFiles } from './read-tls-files.js';

export interface OpenCredentialsOptions {
  /** None listens without TLS. */
  readonly tls: TlsFiles | undefined;
  readonly reloadIntervalMs: number;
  readonly signal: AbortSignal;
  readonly logger?: StreamLogger | undefined;
}

/** Time enough to find out why a certificate was not renewed. */
const WARN_BEFORE_MS = 7 * 86_400_000;

/**
 * What the server shows to clients, read again when its files change. A changed file that is wrong is logged, and what was in force
 * before stays so.
 *
 * @throws EnvironmentError for files that are wrong to begin with.
 */
export async function openCredentials({ tls, logger, ...options }: OpenCredentialsOptions): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
  const credentials = new ReloadingCredentials(await read());
  const paths = [tls.cert, tls.key, tls.clientCa].filter((path) => path !== undefined);
  const onChange = async () => {
    credentials.replace(await read());
    logger?.info({ certificate: tls.cert }, 'certificates reloaded');
  };
  void watchFiles({ paths, intervalMs: options.reloadIntervalMs, signal: options.signal, onChange, logger });
  return credentials;

  async function read() {
    const { validTo, ...context } = await readTlsFiles(tls as TlsFiles);
    warnBeforeEnd(validTo);
    return context;
  }

  function warnBeforeEnd(validTo: TlsContext['validTo']): void {
    if (validTo.getTime() - Date.now() > WARN_BEFORE_MS) return;
    logger?.warn({ certificate: tls?.cert, validTo }, 'the certificate expires within a week: renew it');
  }
}

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
