import type { Metadata } from '@grpc/grpc-js';
import { processWide } from '../process-wide.js';

/** Who makes a call, as far as the server's authentication knows. */
export interface Principal {
  /** Names the caller, such as a token's subject: limits are counted by it. None where many callers share one secret. */
  readonly id?: string;
  /** What else is known, such as the claims of a JWT. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What the server knows of a call before its handler runs. */
export interface CallContext {
  /** The caller's `x-request-id`, or one of our own: the same in the log, and in the metadata that the caller gets back. */
  readonly requestId: string;
  /** The caller's address. */
  readonly peer: string;
  readonly principal?: Principal | undefined;
}

/** A call's metadata is the one object that interceptors and handlers share by grpc-js's public interface. */
const contexts = processWide('callContexts', WeakMap<Metadata, CallContext>);

/**
 * The context of a call, in any handler behind `startServer`; undefined behind a server that is not ours.
 *
 * @example
 * const principal = callContext(call)?.principal; // who asks, when the server authenticates
 */
export function callContext(call: { readonly metadata: Metadata }): CallContext | undefined {
  return contexts.get(call.metadata);
}

/** Attaches what an interceptor has learnt, to be read by {@link callContext}. */
export function setCallContext(metadata: Metadata, context: CallContext): void {
  contexts.set(metadata, context);
}

const works = processWide('callWork', WeakMap<Metadata, Promise<void>>);

/** Says what is at work for a call. It may outlast the call: a client that leaves does not take its last query with it. */
export function setCallWork(call: { readonly metadata: Metadata }, work: Promise<void>): void {
  works.set(call.metadata, work);
}

/** Resolves when nothing is at work for a call any more. */
export async function callWork(call: { readonly metadata: Metadata }): Promise<void> {
  await works.get(call.metadata);
}
