import type { StreamLogger } from '../../runtime/index.js';
import { inTime } from '../../waits/index.js';
import { loadOpenTelemetrySdk, type OpenTelemetryApi } from '../optional-peers.js';

export interface StartSdkOptions {
  readonly api: OpenTelemetryApi;
  /** The service's name, unless a variable says another. */
  readonly serviceName: string;
  readonly logger: StreamLogger;
}

/** A collector that does not answer must not keep a server from ending. */
const LONGEST_FLUSH_MS = 5000;

/**
 * Starts an SDK as the standard `OTEL_…` variables say.
 *
 * @returns Sends what was not sent yet, and ends it.
 * @throws EnvironmentError when the SDK is not installed.
 */
export async function startSdk({ api, serviceName, logger }: StartSdkOptions): Promise<() => Promise<void>> {
  const { NodeSDK } = await loadOpenTelemetrySdk();
  const { env } = process;
  // Not the process's own facts: its command line may hold a token. What the environment says comes last, and wins.
  env.OTEL_NODE_RESOURCE_DETECTORS ||= 'host,os,serviceinstance,env';
  if (!env.OTEL_LOG_LEVEL) tellOfTroubles(api, logger);
  const sdk = new NodeSDK(isNamed(env) ? {} : { serviceName });
  sdk.start();
  return async () => {
    try {
      if (await inTime(sdk.shutdown(), LONGEST_FLUSH_MS)) return;
      logger.warn({}, 'OpenTelemetry: the last spans and metrics could not be sent in time');
    } catch (err) {
      logger.warn({ err }, 'OpenTelemetry: the last spans and metrics could not be sent');
    }
  };
}

function isNamed({ OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES = '' }: NodeJS.ProcessEnv): boolean {
  return Boolean(OTEL_SERVICE_NAME) || /(^|,)\s*service\.name\s*=/.test(OTEL_RESOURCE_ATTRIBUTES);
}

/** What the SDK cannot do it says to nobody, unless somebody listens: a collector that is away would go unnoticed. */
function tellOfTroubles({ diag, DiagLogLevel }: OpenTelemetryApi, logger: StreamLogger): void {
  const ignored = () => {};
  const told = (text: string) => logger.warn({ reason: reasonIn(text) }, 'OpenTelemetry has trouble');
  diag.setLogger(
    { verbose: ignored, debug: ignored, info: ignored, warn: told, error: told },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/** An error comes as JSON, its stack first. */
function reasonIn(text: string): string {
  try {
    const { message }: { message?: unknown } = Object(JSON.parse(text));
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
