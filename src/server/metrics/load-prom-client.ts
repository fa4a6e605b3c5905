import { loadPeer } from '../optional-peers.js';

/**
 * The optional peer `prom-client`: only a server with a metrics port needs it.
 *
 * @throws EnvironmentError when it is not installed.
 */
export function loadPromClient() {
  return loadPeer({
    load: async () => (await import('prom-client')).default,
    code: 'server.no_prom_client',
    neededBy: 'a metrics port',
    packages: ['prom-client'],
  });
}
