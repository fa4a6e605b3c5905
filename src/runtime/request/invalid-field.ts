import { StreamError } from '../../errors/index.js';

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
