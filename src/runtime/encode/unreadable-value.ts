/**
 * A value of the database that the message cannot hold: it has another type than the schema says, or is out of the wire's range. The stream
 * ends with an error that names the field, or omits the value, as `streaming.onUnreadable` says.
 */
export class UnreadableValue extends Error {
  override readonly name = 'UnreadableValue';
  /** Continues a sentence that begins with the field's name: `holds a number where a text was expected`. */
  readonly problem: string;
  /** Prisma's name of the field; empty until it is known. */
  readonly field: string;

  constructor(problem: string, field = '') {
    super(`${field} ${problem}`.trimStart());
    this.problem = problem;
    this.field = field;
  }
}

/** A value of the wrong type. The value may be a secret: the message names only its type. */
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
