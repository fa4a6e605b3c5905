import { messageOf, StreamError } from '../../errors/index.js';

/** Stands for a request that could not be decoded. */
class MalformedRequest {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Decodes a request, or returns an `MalformedRequest`. An error thrown here would make grpc-js answer INTERNAL, though the client made the
 * mistake.
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
 * The error for a request with an invalid field.
 *
 * @param field Its path in the proto, such as `filter.title.equals`.
 * @param problem Continues a sentence that begins with the field's name: `must not be negative`.
 */
export function invalidField(field: string, problem: string): StreamError {
  return new StreamError('stream.invalid_request', `${field} ${problem}`, {
    status: 'INVALID_ARGUMENT',
    phase: 'request',
    fieldViolations: [{ field, description: problem }],
  });
}
