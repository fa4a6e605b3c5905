import { readFile } from 'node:fs/promises';
import type { ServerSettings } from '../../config/index.js';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import type { StreamLogger } from '../../runtime/index.js';
import { warnOfExposure } from '../address.js';
import { watchFiles } from '../watch-files.js';
import type { Authenticate } from './authenticate.js';
import { jwtAuthenticator } from './jwt-authenticator.js';
import { tokenAuthenticator } from './token-authenticator.js';

export interface AuthenticatorSources {
  readonly settings: Pick<ServerSettings, 'tokenFile' | 'jwtJwksUrl' | 'jwtPublicKey' | 'jwtIssuer' | 'jwtAudience'>;
  /** The one token that the environment or a flag names. */
  readonly token: string | undefined;
  readonly reloadIntervalMs: number;
  readonly signal: AbortSignal;
  readonly logger: StreamLogger;
}

/** Shorter secrets can be guessed. */
const SHORT_TOKEN = 16;

/**
 * The authentication that the settings ask for, if any.
 *
 * @throws UsageError for settings that contradict each other, EnvironmentError for files that cannot be used.
 */
export async function authenticatorFrom(sources: AuthenticatorSources): Promise<Authenticate | undefined> {
  const { tokenFile, jwtJwksUrl, jwtPublicKey } = sources.settings;
  const asked = [sources.token, tokenFile, jwtJwksUrl, jwtPublicKey].filter((value) => value !== undefined);
  if (asked.length > 1) {
    throw new UsageError('auth.ambiguous', 'a token, a token file and JWTs are asked for at the same time', {
      nextActions: [
        'choose one of token, tokenFile, jwtJwksUrl and jwtPublicKey',
        'or pass runServer an `authenticate` of your own',
      ],
    });
  }
  if (sources.token !== undefined) return tokenAuthenticator(always(sources.token, sources.logger));
  if (tokenFile !== undefined) return tokenAuthenticator(await tokensOf(tokenFile, sources));
  return asked.length > 0 ? jwtFrom(sources.settings) : undefined;
}

function always(token: string, logger: StreamLogger): () => readonly string[] {
  warnOfShort([token], logger);
  return () => [token];
}

async function tokensOf(
  path: string,
  { logger, signal, reloadIntervalMs }: AuthenticatorSources,
): Promise<() => readonly string[]> {
  let tokens = await readTokens(path, logger);
  const onChange = async () => {
    tokens = await readTokens(path, logger);
    logger.info({ tokenFile: path, tokens: tokens.length }, 'tokens reloaded');
  };
  void watchFiles({ paths: [path], intervalMs: reloadIntervalMs, signal, onChange, logger });
  return () => tokens;
}

/** One token a line; empty lines and lines of `#` are none. */
async function readTokens(path: string, logger: StreamLogger): Promise<readonly string[]> {
  const text = await readText(path, 'token file');
  const lines = text.split('\n').map((line) => line.trim());
  const tokens = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (tokens.length === 0) {
    throw new EnvironmentError('auth.no_tokens', `the token file ${path} holds no token`, {
      nextActions: [`write one: \`openssl rand -hex 32 > ${path}\``],
    });
  }
  warnOfShort(tokens, logger);
  return tokens;
}

async function jwtFrom({
  jwtJwksUrl,
  jwtPublicKey,
  jwtIssuer,
  jwtAudience,
}: AuthenticatorSources['settings']): Promise<Authenticate> {
  if (jwtIssuer === undefined || jwtAudience === undefined) {
    throw new UsageError(
      'auth.jwt_claims',
      'JWTs need jwtIssuer and jwtAudience: any other token of the same issuer would do',
    );
  }
  const publicKey = jwtPublicKey === undefined ? undefined : await readText(jwtPublicKey, 'public key');
  return jwtAuthenticator({ jwksUrl: jwtJwksUrl, publicKey, issuer: jwtIssuer, audience: jwtAudience });
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new EnvironmentError('auth.unreadable', `the ${what} ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
      nextActions: ['check the path, and who may read the file'],
    });
  }
}

function warnOfShort(tokens: readonly string[], logger: StreamLogger): void {
  if (tokens.some(({ length }) => length < SHORT_TOKEN)) {
    logger.warn(
      {},
      `a token is shorter than ${SHORT_TOKEN} characters and can be guessed: \`openssl rand -hex 32\` makes a good one`,
    );
  }
}

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
