import { EnvironmentError } from '../../errors/index.js';

/**
 * The optional peer `prom-client`: only a server with a metrics port needs it.
 *
 * @throws EnvironmentError when it is not installed.
 */
export async function loadPromClient() {
  try {
    return (await import('prom-client')).default;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new EnvironmentError('server.no_prom_client', 'a metrics port needs the package prom-client', {
      cause: error,
      nextActions: ['npm install prom-client'],
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
