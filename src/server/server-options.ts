import type { ServerSettings } from '../config/index.js';
import { UsageError } from '../errors/index.js';
import type { StartServerOptions } from './start-server.js';

/** What a server is started with, of the settings alone. @throws UsageError when some make no sense together. */
export function serverOptions(settings: ServerSettings): Omit<StartServerOptions, 'services'> {
  const { host, port, maxRequestBytes, maxConnectionAge, minPingInterval, tlsCert, tlsKey, tlsClientCa } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('server.tls_pair', 'tlsCert and tlsKey are set together, or neither is');
  }
  if (tlsClientCa !== undefined && tlsCert === undefined) {
    throw new UsageError('server.tls_client', 'tlsClientCa needs tlsCert and tlsKey');
  }
  const tls =
    tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey, clientCa: tlsClientCa } : undefined;
  return { host, port, limits: settings, maxRequestBytes, maxConnectionAge, minPingInterval, tls };
}
