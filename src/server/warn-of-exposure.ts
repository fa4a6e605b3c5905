import type { StreamLogger } from '../runtime/index.js';
import { isLoopback } from './is-loopback.js';

export interface Exposure {
  readonly host: string;
  readonly tls: boolean;
  readonly authenticated: boolean;
}

/** Says loudly what other machines can do to a server that is reachable and not guarded. */
export function warnOfExposure({ host, tls, authenticated }: Exposure, logger: StreamLogger): void {
  if (isLoopback(host)) return;
  if (!authenticated) {
    logger.warn(
      { host },
      'NO AUTHENTICATION: whoever reaches this server reads every table that it streams; set tokenFile, a JWT issuer or tlsClientCa',
    );
  }
  if (!tls) {
    logger.warn(
      { host },
      'NO TLS: rows and tokens travel in the clear; set tlsCert and tlsKey, unless a proxy or a mesh encrypts them',
    );
  }
}
