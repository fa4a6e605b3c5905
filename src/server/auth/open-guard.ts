import type { ServerSettings } from '../../config/index.js';
import type { StreamLogger } from '../../runtime/index.js';
import { warnOfExposure } from '../warn-of-exposure.js';
import type { Authenticate } from './authenticate.js';
import { authenticatorFrom } from './authenticator-from.js';

export interface OpenGuardOptions {
  readonly settings: ServerSettings;
  /** A function of the project's own, which wins over the settings. */
  readonly authenticate?: Authenticate | undefined;
  /** The value of `--token`. */
  readonly token?: string | undefined;
  readonly logger: StreamLogger;
  /** Ends the watch over files. */
  readonly signal: AbortSignal;
  readonly reloadIntervalMs: number;
}

/** Who is asked whether a call may enter, if anybody; says loudly what is left open by it. */
export async function openGuard({
  authenticate,
  token,
  ...options
}: OpenGuardOptions): Promise<Authenticate | undefined> {
  const { settings, logger } = options;
  const known = token ?? (process.env.GRPC_STREAM_TOKEN || undefined);
  const guard = authenticate ?? (await authenticatorFrom({ ...options, token: known }));
  if (token !== undefined) {
    logger.warn(
      {},
      '--token can be read by every user of this machine in its list of processes: prefer --token-file or GRPC_STREAM_TOKEN',
    );
  }
  const authenticated = guard !== undefined || settings.tlsClientCa !== undefined;
  warnOfExposure({ host: settings.host, tls: settings.tlsCert !== undefined, authenticated }, logger);
  return guard;
}
