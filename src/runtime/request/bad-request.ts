import { messageOf, StreamError } from '../../errors/index.js';

/** Bytes that are not the message they should be. */
class MalformedRequest {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Decodes a request; one that cannot be decoded is handed on as such. What grpc-js is told by throwing here becomes INTERNAL, though the
 * fault is the client's.
 */
export function decodeRequest<T>(decode: () => T): T | MalformedRequest {
  try {
    return decode();
  } catch (error) {
    return new MalformedRequest(messageOf(error));
  }
}

/** @throws StreamError INVALID_ARGUMENT for a request that could not be decoded. */
export function assertWellFormed(request: object): void {
  if (!(request instanceof MalformedRequest)) return;
  throw new StreamError('stream.malformed_request', `the request cannot be read: ${request.reason}`, {
    status: 'INVALID_ARGUMENT',
    phase: 'request',
  });
}

/**
 * A request that cannot be answered, because of one of its fields.
 *
 * @param field As the proto has it, such as `filter.title.equals`.
 * @param problem Goes on where the field's name ends: `must not be negative`.
 */
export function invalidField(field: string, problem: string): StreamError {
  return new StreamError('stream.invalid_request', `${field} ${problem}`, {
    status: 'INVALID_ARGUMENT',
    phase: 'request',
    fieldViolations: [{ field, description: problem }],
  });
}
