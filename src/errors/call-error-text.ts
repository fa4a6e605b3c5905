import { messageOf } from './errors.js';

/** What a call says of its end, on one line: it comes from a server, or from grpc-js with an empty note behind it, and goes to a terminal. */
export function callErrorText(error: unknown): string {
  const details: unknown = error instanceof Error ? Reflect.get(error, 'details') : undefined;
  const text = typeof details === 'string' && details !== '' ? details : messageOf(error);
  return text.replace(/\.? Resolution note: $/, '').replace(/\p{Cc}+/gu, ' ');
}
