import { z } from 'zod';
import { messageOf, UsageError } from '../errors/index.js';

const entry = z.strictObject({ number: z.number().int().positive(), name: z.string() });
const numbered = z.strictObject({ active: z.record(z.string(), entry), reserved: z.record(z.string(), entry) });
const fieldLock = z.strictObject({
  version: z.literal(1),
  messages: z.record(z.string(), numbered),
  enums: z.record(z.string(), numbered),
});

/** A number on the wire and the proto name that it goes by. */
export type LockEntry = z.infer<typeof entry>;

/** The numbers of one message, by database column, or of one enum, by stored value. */
export type NumberedNames = z.infer<typeof numbered>;

/**
 * The committed memory of every number ever given out, so that none changes its meaning: messages by database table,
 * enums by Prisma's name.
 */
export type FieldLock = z.infer<typeof fieldLock>;

export const emptyLock: FieldLock = { version: 1, messages: {}, enums: {} };

/** @throws UsageError when the file was edited into something that cannot be a lock. */
export function parseFieldLock(text: string, path: string): FieldLock {
  try {
    return fieldLock.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError('lock.invalid', `${path} is not a field-number lock: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['restore it from version control; its numbers are what keeps old clients working'],
    });
  }
}

/** Sorted, one entry a line, so that two branches that add fields merge or conflict where they should. */
export function printFieldLock(lock: FieldLock): string {
  return `${JSON.stringify(lock, sortedKeys, 2)}\n`.replace(
    /\{\s+"name": (".*?"),\s+"number": (\d+)\s+\}/g,
    '{ "name": $1, "number": $2 }',
  );
}

/**
 * Gives every wanted name its number: the one it had, or the next that was never used. What is wanted no longer is reserved;
 * what comes back gets its old number again, since the same column means the same thing.
 *
 * @param wanted Proto names by column (or stored value), in the order in which new numbers are given out.
 */
export function assignNumbers(previous: NumberedNames | undefined, wanted: ReadonlyMap<string, string>): NumberedNames {
  const known = { ...previous?.reserved, ...previous?.active };
  let last = Math.max(0, ...Object.values(known).map(({ number }) => number));
  const active: Record<string, LockEntry> = {};
  for (const [id, name] of wanted) active[id] = { number: known[id]?.number ?? next(), name };
  const gone = Object.entries(known).filter(([id]) => !wanted.has(id));
  return { active, reserved: Object.fromEntries(gone) };

  function next(): number {
    last = last === 18_999 ? 20_000 : last + 1; // 19,000 to 19,999 belong to protobuf itself.
    return last;
  }
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (!(value instanceof Object) || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
