import type * as Sdk from '@opentelemetry/sdk-node';
import { loadPeer } from '../optional-peers.js';

const PEERS = {
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
  return loadPeer({ ...PEERS, load: () => import('@opentelemetry/api') });
}

/**
 * The optional peer `@opentelemetry/sdk-node`: needed where nobody else has started an SDK.
 *
 * @throws EnvironmentError when it is not installed.
 */
export function loadOpenTelemetrySdk(): Promise<Pick<typeof Sdk, 'NodeSDK'>> {
  return loadPeer({ ...PEERS, load: () => import('@opentelemetry/sdk-node') });
}
