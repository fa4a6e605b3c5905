import type * as Sdk from '@opentelemetry/sdk-node';
import { EnvironmentError } from '../../errors/index.js';

/** An optional peer dependency, which users install if they need it. */
interface OptionalPeer<T> {
  readonly load: () => Promise<T>;
  /** The code of the error when it is missing. */
  readonly code: string;
  /** The feature that needs it, such as `a metrics port`. */
  readonly neededBy: string;
  /** The packages to install. */
  readonly packages: readonly string[];
}

/** @throws EnvironmentError when it is not installed. */
async function loadPeer<T>({ load, code, neededBy, packages }: OptionalPeer<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const what = `the package${packages.length > 1 ? 's' : ''} ${packages.join(' and ')}`;
    throw new EnvironmentError(code, `${neededBy} needs ${what}`, {
      cause: error,
      nextActions: [`npm install ${packages.join(' ')}`],
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

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

/** The optional peer `pino-pretty` makes lines for people: a production install, whose lines programs read, has none. */
export async function loadPinoPretty() {
  try {
    return (await import('pino-pretty')).default;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const OPEN_TELEMETRY = {
  code: 'server.no_open_telemetry',
  neededBy: 'OpenTelemetry',
  packages: ['@opentelemetry/api', '@opentelemetry/sdk-node'],
};

export type OpenTelemetryApi = Awaited<ReturnType<typeof loadOpenTelemetryApi>>;

/**
 * The optional peer `@opentelemetry/api`: only a server with the setting `openTelemetry` needs it.
 *
 * @throws EnvironmentError when it is not installed.
 */
export function loadOpenTelemetryApi() {
  return loadPeer({ ...OPEN_TELEMETRY, load: () => import('@opentelemetry/api') });
}

/**
 * The optional peer `@opentelemetry/sdk-node`: needed where no other code has started an SDK.
 *
 * @throws EnvironmentError when it is not installed.
 */
export function loadOpenTelemetrySdk(): Promise<Pick<typeof Sdk, 'NodeSDK'>> {
  return loadPeer({ ...OPEN_TELEMETRY, load: () => import('@opentelemetry/sdk-node') });
}
