/**
 * A value that the database holds and the message cannot: it is of another type than the schema says, or outside of what the wire can
 * carry. The stream ends with an error that names its field, or goes on without it, as `streaming.onUnreadable` says.
 */
export class UnreadableValue extends Error {
  override readonly name = 'UnreadableValue';
  /** Goes on where the field's name ends: `holds a number where a text was expected`. */
  readonly problem: string;
  /** Prisma's name of the field; empty until it is known. */
  readonly field: string;

  constructor(problem: string, field = '') {
    super(`${field} ${problem}`.trimStart());
    this.problem = problem;
    this.field = field;
  }
}

/** A value of the wrong type. Its own text may be a secret, so that only its type is named. */
export function unexpected(value: unknown, expected: string): UnreadableValue {
  return new UnreadableValue(`holds ${kindOf(value)} where ${expected} was expected`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'bigint') return 'a number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
