import { createPublicKey, type KeyObject } from 'node:crypto';
import type * as Jose from 'jose';
import { isLoopback } from '../../client/loopback.js';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import { StreamError } from '../../runtime/index.js';
import { type Authenticate, bearerToken, unauthenticated } from './authenticate.js';

export interface JwtOptions {
  /**
   * The URL at which the issuer publishes its keys. They are fetched when first needed, and again for a token that is signed with an unknown
   * key.
   */
  readonly jwksUrl?: string | undefined;
  /** The one key, as PEM, instead of a URL. */
  readonly publicKey?: string | undefined;
  /** The `iss` that every token must have. */
  readonly issuer: string;
  /** The `aud` that every token must have: otherwise a token made for another service would be accepted here. */
  readonly audience: string;
}

/** Only signatures with a private key: a shared secret can be guessed, and everyone who can verify with it can also sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** The issuer's clock may differ a little from the server's. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Admits calls with a JWT that the issuer signed for this audience and that has not expired; its subject becomes the principal's id. An
 * admitted stream continues when its token expires.
 *
 * @throws UsageError for options that contradict each other, EnvironmentError when the key is not valid.
 *
 * @example
 * const authenticate = jwtAuthenticator({ jwksUrl: 'https://issuer.example/jwks.json', issuer: 'https://issuer.example/', audience: 'books' });
 *
 */
export function jwtAuthenticator({ issuer, audience, ...keys }: JwtOptions): Authenticate {
  const open = keyOf(keys);
  const options = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  let verifier: ReturnType<typeof openVerifier> | undefined;
  return async ({ metadata }) => {
    const token = bearerToken(metadata);
    verifier ??= openVerifier(open, options);
    const { verify, refusal } = await verifier;
    const claims = await verify(token).catch((error: unknown) => {
      throw refusal(error);
    });
    return { ...subjectOf(claims), claims };
  };
}

/** Loads what checks tokens: servers without JWTs need none of it. */
async function openVerifier(open: (jose: typeof Jose) => Key, options: Jose.JWTVerifyOptions) {
  const jose = await import('jose');
  const key = open(jose);
  const verify = async (token: string): Promise<Jose.JWTPayload> => {
    const { jwtVerify } = jose;
    const { payload } =
      typeof key === 'function' ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
    return payload;
  };
  return { verify, refusal: (error: unknown) => refusalOf(error, jose) };
}

/** Limits count by the subject: callers whose subjects are no texts would be one caller. */
function subjectOf({ sub }: Readonly<Record<string, unknown>>): { readonly id?: string } {
  if (sub === undefined) return {};
  if (typeof sub === 'string' && sub !== '') return { id: sub };
  throw unauthenticated('auth.jwt_subject', 'the subject of the token (sub) is not a text', [
    'let the issuer write `sub` as a text, or leave it out',
  ]);
}

type Key = Jose.JWTVerifyGetKey | KeyObject;

/** The key is checked at once, and opened when the first token comes. */
function keyOf({ jwksUrl, publicKey }: Pick<JwtOptions, 'jwksUrl' | 'publicKey'>): (jose: typeof Jose) => Key {
  if (jwksUrl !== undefined && publicKey === undefined) {
    const url = trustworthyUrl(jwksUrl);
    return ({ createRemoteJWKSet }) => createRemoteJWKSet(url);
  }
  if (publicKey !== undefined && jwksUrl === undefined) {
    const key = publicKeyOf(publicKey);
    return () => key;
  }
  throw new UsageError(
    'auth.jwt_keys',
    'a JWT needs either the address of a key set or one public key to be checked with',
  );
}

function trustworthyUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
  throw new UsageError(
    'auth.jwks_url',
    'the key set of JWTs must have an https:// address: keys over plain HTTP can be replaced in transit',
  );
}

function publicKeyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new EnvironmentError('auth.jwt_key', `the public key for JWTs is not in PEM format: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** A wrong token is the client's error. If the issuer does not answer, the client may try again. */
function refusalOf(error: unknown, { errors }: typeof Jose): unknown {
  if (error instanceof errors.JWTExpired)
    return unauthenticated('auth.expired', 'the token has expired', ['get a new one']);
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return new StreamError('auth.no_keys', 'the keys that sign tokens cannot be fetched from their issuer', {
      status: 'UNAVAILABLE',
      phase: 'request',
      retryAfterMs: 2000,
      cause: error,
    });
  }
  return unauthenticated('auth.invalid_token', 'the token is not valid');
}
