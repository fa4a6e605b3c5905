import { readFile } from 'node:fs/promises';
import { isLoopback } from '../../client/loopback.js';
import type { ServerSettings } from '../../config/index.js';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import type { StreamLogger } from '../../runtime/index.js';
import { watchFiles } from '../watch-files.js';
import { type Authenticate, tokenAuthenticator } from './authenticate.js';
import { jwtAuthenticator } from './jwt-authenticator.js';

export interface OpenAuthenticationOptions {
  readonly settings: ServerSettings;
  /** The user's own function, which wins over the settings. */
  readonly authenticate?: Authenticate | undefined;
  /** The value of `--token`. */
  readonly token?: string | undefined;
  readonly logger: StreamLogger;
  /** Ends the watching of files. */
  readonly signal: AbortSignal;
  readonly reloadIntervalMs: number;
}

/**
 * Opens the authentication of calls, if there is one: the user's function, or the one of the settings. Warns about access without
 * authentication.
 *
 * @throws UsageError for settings that contradict each other, EnvironmentError for files that cannot be used.
 */
export async function openAuthentication(options: OpenAuthenticationOptions): Promise<Authenticate | undefined> {
  const { settings, token, logger } = options;
  const authenticate = options.authenticate ?? (await fromSettings(options));
  if (token !== undefined) {
    logger.warn(
      {},
      '--token can be read by every user of this machine in its list of processes: prefer --token-file or GRPC_STREAM_TOKEN',
    );
  }
  const authenticated = authenticate !== undefined || settings.tlsClientCa !== undefined;
  warnOfExposure({ host: settings.host, tls: settings.tlsCert !== undefined, authenticated }, logger);
  return authenticate;
}

interface Exposure {
  readonly host: string;
  readonly tls: boolean;
  readonly authenticated: boolean;
}

/** Warns about a server that other machines can reach without authentication or TLS. */
function warnOfExposure({ host, tls, authenticated }: Exposure, logger: StreamLogger): void {
  if (isLoopback(host)) return;
  if (!authenticated) {
    logger.warn(
      { host },
      'NO AUTHENTICATION: everyone who can reach this server can read every table that it streams; set tokenFile, a JWT issuer or tlsClientCa',
    );
  }
  if (!tls) {
    logger.warn(
      { host },
      'NO TLS: rows and tokens are sent in plain text; set tlsCert and tlsKey, unless a proxy or a mesh encrypts them',
    );
  }
}

async function fromSettings(options: OpenAuthenticationOptions): Promise<Authenticate | undefined> {
  const { settings, logger } = options;
  const { tokenFile, jwtJwksUrl, jwtPublicKey } = settings;
  const token = options.token ?? (process.env.GRPC_STREAM_TOKEN || undefined);
  const given = [token, tokenFile, jwtJwksUrl, jwtPublicKey].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new UsageError('auth.ambiguous', 'a token, a token file and JWTs are set at the same time', {
      nextActions: [
        'choose one of token, tokenFile, jwtJwksUrl and jwtPublicKey',
        'or pass runServer an `authenticate` of your own',
      ],
    });
  }
  if (token !== undefined) {
    warnOfShort([token], logger);
    return tokenAuthenticator(() => [token]);
  }
  if (tokenFile !== undefined) return tokenAuthenticator(await watchTokens(tokenFile, options));
  return given.length > 0 ? jwtFrom(settings) : undefined;
}

async function watchTokens(
  path: string,
  { logger, signal, reloadIntervalMs }: OpenAuthenticationOptions,
): Promise<() => readonly string[]> {
  let tokens = await readTokens(path, logger);
  const onChange = async () => {
    tokens = await readTokens(path, logger);
    logger.info({ tokenFile: path, tokens: tokens.length }, 'tokens reloaded');
  };
  void watchFiles({ paths: [path], intervalMs: reloadIntervalMs, signal, onChange, logger });
  return () => tokens;
}

/** One token a line; empty lines and lines that begin with `#` are skipped. */
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

/** Shorter secrets can be guessed. */
const SHORT_TOKEN = 16;

function warnOfShort(tokens: readonly string[], logger: StreamLogger): void {
  if (tokens.some(({ length }) => length < SHORT_TOKEN)) {
    logger.warn(
      {},
      `a token is shorter than ${SHORT_TOKEN} characters and can be guessed: \`openssl rand -hex 32\` makes a good one`,
    );
  }
}

async function jwtFrom({ jwtJwksUrl, jwtPublicKey, jwtIssuer, jwtAudience }: ServerSettings): Promise<Authenticate> {
  if (jwtIssuer === undefined || jwtAudience === undefined) {
    throw new UsageError(
      'auth.jwt_claims',
      'JWTs need jwtIssuer and jwtAudience: without them, any other token of the same issuer would be accepted',
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
