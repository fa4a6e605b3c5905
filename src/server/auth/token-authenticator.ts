import { createHash, timingSafeEqual } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { type Authenticate, unauthenticated } from './authenticate.js';

/**
 * Admits whoever has one of the tokens, as `authorization: Bearer …`. Several may be valid at a time, so that one can replace another
 * without a moment in which neither is.
 *
 * @param tokens Read at every call, so that they may change.
 *
 * @example
 * const server = await startServer({ services, port: 50051, authenticate: tokenAuthenticator(() => [secret]) });
 */
export function tokenAuthenticator(tokens: () => readonly string[]): Authenticate {
  return ({ metadata }) => {
    const presented = digest(bearerToken(metadata));
    // Every token is compared, and whole: the time that it takes tells nothing of how much was right.
    const known = tokens().filter((token) => timingSafeEqual(digest(token), presented)).length > 0;
    if (!known) throw unauthenticated('auth.unknown_token', 'the bearer token is not known here');
    return {};
  };
}

/**
 * The token that a call carries.
 *
 * @throws StreamError UNAUTHENTICATED when it carries none.
 */
export function bearerToken(metadata: Metadata): string {
  const token = /^Bearer +(\S+)$/i.exec(String(metadata.get('authorization')[0] ?? ''))?.[1];
  if (token !== undefined) return token;
  throw unauthenticated('auth.no_token', 'no bearer token', ['send the metadata `authorization: Bearer <token>`']);
}

/** Digests have one length, which a comparison in constant time needs. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
