import type { ServiceHooks, StreamService, StreamServiceOptions } from 'grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

// This file is yours: it was written once, and `generate` leaves it alone.

/**
 * Decides who may call, which rows a caller sees, and how a row looks to them, for every RPC. `*` runs first, for all models.
 *
 * @example
 * '*': {
 *   authorize: ({ principal }) => {
 *     if (principal) return;
 *     throw new StreamError('auth.none', 'sign in first', { status: 'UNAUTHENTICATED', phase: 'request' });
 *   },
 * },
 * book: {
 *   scope: ({ principal }) => ({ tenantId: tenantOf(principal) }),
 *   mapRow: (row) => ({ ...row, email: 'hidden' }),
 * },
 */
export const hooks: ServiceHooks<StreamedModels> = {};

/** Services of your own beside the generated ones, such as an RPC that writes. */
export function ownServices(_options: StreamServiceOptions<StreamedModels>): StreamService[] {
  return [];
}
