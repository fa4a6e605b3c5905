import type { Metadata } from '@grpc/grpc-js';
import { processWide } from '../process-wide.js';

/** The caller, as the server's authentication knows it. */
export interface Principal {
  /** Identifies the caller, such as a token's subject: limits count by it. Undefined where many callers share one secret. */
  readonly id?: string;
  /** More about the caller, such as the claims of a JWT. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What the server knows about a call before its handler runs. */
export interface CallContext {
  /** The caller's `x-request-id`, or a generated one; the log and the metadata of the response have the same. */
  readonly requestId: string;
  /** The caller's address. */
  readonly peer: string;
  readonly principal?: Principal | undefined;
  /** For whom limits count the call: its principal or, without one, its network. Set once the call is admitted. */
  readonly client?: string | undefined;
}

/** The metadata of a call is the only object that interceptors and handlers share in grpc-js's public interface. */
const contexts = processWide('callContexts', WeakMap<Metadata, CallContext>);

/**
 * The context of a call, in any handler behind `startServer`; undefined behind another server.
 *
 * @example
 * const principal = callContext(call)?.principal; // who asks, when the server authenticates
 *
 */
export function callContext(call: { readonly metadata: Metadata }): CallContext | undefined {
  return contexts.get(call.metadata);
}

/** Attaches what an interceptor knows about a call; {@link callContext} reads it. */
export function setCallContext(metadata: Metadata, context: CallContext): void {
  contexts.set(metadata, context);
}

const works = processWide('callWork', WeakMap<Metadata, Promise<void>>);

/** Sets the work that is done for a call. It may outlast the call: after a client has left, its last query may still run. */
export function setCallWork(call: { readonly metadata: Metadata }, work: Promise<void>): void {
  works.set(call.metadata, work);
}

/** Resolves when the work for a call has ended. */
export async function callWork(call: { readonly metadata: Metadata }): Promise<void> {
  await works.get(call.metadata);
}
