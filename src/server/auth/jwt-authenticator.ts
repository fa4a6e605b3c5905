import { createPublicKey, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import { StreamError } from '../../runtime/index.js';
import { isLoopback } from '../address.js';
import { type Authenticate, unauthenticated } from './authenticate.js';
import { bearerToken } from './token-authenticator.js';

export interface JwtOptions {
  /** Where the issuer publishes its keys; fetched when first needed, and again when a token is signed by an unknown one. */
  readonly jwksUrl?: string | undefined;
  /** Or the one key, as PEM. */
  readonly publicKey?: string | undefined;
  /** The `iss` that every token must have. */
  readonly issuer: string;
  /** The `aud` that every token must have: without it a token made for another service would do here too. */
  readonly audience: string;
}

/** Signatures by a private key only: a shared secret could be guessed, and who can verify with it can also sign. */
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

/** Clocks differ a little. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Admits whoever shows a JWT that the issuer signed for this audience and that has not expired; its subject names the principal.
 * A stream that was admitted runs on when its token expires.
 *
 * @throws UsageError for options that cannot be meant, EnvironmentError for a key that is none.
 *
 * @example
 * const authenticate = jwtAuthenticator({ jwksUrl: 'https://issuer.example/jwks.json', issuer: 'https://issuer.example/', audience: 'books' });
 */
export function jwtAuthenticator({ issuer, audience, ...keys }: JwtOptions): Authenticate {
  const key = keyOf(keys);
  const options = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  return async ({ metadata }) => {
    const token = bearerToken(metadata);
    try {
      const { payload } =
        typeof key === 'function' ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
      return { ...(payload.sub === undefined ? {} : { id: payload.sub }), claims: payload };
    } catch (error) {
      throw refusal(error);
    }
  };
}

function keyOf({ jwksUrl, publicKey }: Pick<JwtOptions, 'jwksUrl' | 'publicKey'>): JWTVerifyGetKey | KeyObject {
  if (jwksUrl !== undefined && publicKey === undefined) return createRemoteJWKSet(trustworthyUrl(jwksUrl));
  if (publicKey !== undefined && jwksUrl === undefined) return publicKeyOf(publicKey);
  throw new UsageError(
    'auth.jwt_keys',
    'a JWT needs either the address of a key set or one public key to be checked with',
  );
}

function trustworthyUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
  throw new UsageError(
    'auth.jwks_url',
    'the key set of JWTs must have an https:// address: keys over plain HTTP can be replaced on their way',
  );
}

function publicKeyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new EnvironmentError('auth.jwt_key', `the public key for JWTs is not one in PEM: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** A token that is wrong is the client's; an issuer that cannot be asked is nobody's, and passes. */
function refusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired)
    return unauthenticated('auth.expired', 'the token has expired', ['get a new one']);
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return new StreamError('auth.no_keys', 'the keys that sign tokens cannot be had from their issuer', {
      status: 'UNAVAILABLE',
      phase: 'request',
      retryAfterMs: 2000,
      cause: error,
    });
  }
  return unauthenticated('auth.invalid_token', 'the token is not valid here');
}
