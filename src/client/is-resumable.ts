import { status as Status } from '@grpc/grpc-js';
import { retryDelayOf } from './status-details.js';

/**
 * Whether a stream that ended with this error can be opened again and bring the rest: the connection, the server or the moment was at
 * fault, not the request. Whoever asks has not cancelled it.
 */
export function isResumable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  switch (code) {
    case Status.UNAVAILABLE:
    // Of one attempt: whoever asks looks at the deadline of the whole.
    case Status.DEADLINE_EXCEEDED:
    // Not ours: a server that is cut down resets its streams with this code.
    case Status.CANCELLED:
      return true;
    case Status.ABORTED:
    case Status.RESOURCE_EXHAUSTED:
      return retryDelayOf(error) !== undefined || wasReset(error);
    case Status.INTERNAL:
      return wasReset(error);
    default:
      return false;
  }
}

/** A reset stream has no status: grpc-js makes one up, and says so in its text alone. */
function wasReset(error: Error): boolean {
  return /RST_STREAM/.test(error.message) || /Bandwidth exhausted or memory limit exceeded/.test(error.message);
}
