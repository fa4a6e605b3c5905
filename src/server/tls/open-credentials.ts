import { ServerCredentials } from '@grpc/grpc-js';
import type { StreamLogger } from '../../runtime/index.js';
import { watchFiles } from '../watch-files.js';
import { readTlsFiles, type TlsContext, type TlsFiles } from './read-tls-files.js';
import { ReloadingCredentials } from './reloading-credentials.js';

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
