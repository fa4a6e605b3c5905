import type { Metadata } from '@grpc/grpc-js';
import { processWide } from '../process-wide.js';

const works = processWide('callWork', WeakMap<Metadata, Promise<void>>);

/** Says what is at work for a call. It may outlast the call: a client that leaves does not take its last query with it. */
export function setCallWork(call: { readonly metadata: Metadata }, work: Promise<void>): void {
  works.set(call.metadata, work);
}

/** Resolves when nothing is at work for a call any more. */
export async function callWork(call: { readonly metadata: Metadata }): Promise<void> {
  await works.get(call.metadata);
}
