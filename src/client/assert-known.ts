import { UsageError } from '../errors/index.js';

/**
 * Refuses a request with a member that its message does not have: a codec leaves it out in silence, and a filter that is left out lets
 * every row through.
 *
 * @throws UsageError that names the member.
 */
export function assertKnown(given: unknown, message: unknown, path = ''): void {
  if (!isRecord(given) && !Array.isArray(given)) return;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const place = path === '' ? name : `${path}.${name}`;
    if (!(message instanceof Object) || !(name in message)) {
      throw new UsageError('client.request', `the request has no ${place}`, {
        nextActions: ['look at the .proto file for what can be asked for'],
      });
    }
    assertKnown(value, Reflect.get(message, name), place);
  }
}

/** Unlike a date or bytes. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value instanceof Object && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
