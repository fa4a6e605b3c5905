import { z } from 'zod';
import { messageOf, UsageError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';

/** The greatest that a field's number may be; an enum's may be greater, and ours never are. */
const MAX_NUMBER = 536_870_911;
/** These belong to protobuf itself. */
const RESERVED = { from: 19_000, to: 19_999 } as const;

const number = z
  .int()
  .min(1)
  .max(MAX_NUMBER)
  .refine(
    (value) => value < RESERVED.from || value > RESERVED.to,
    `${RESERVED.from} to ${RESERVED.to} are protobuf's own`,
  );
const entry = z.strictObject({ number, name: z.string(), removed: z.literal(true).optional() });
const entries = z.record(z.string(), entry);
const lockFile = z.strictObject({
  version: z.literal(1),
  messages: z.record(z.string(), entries),
  enums: z.record(z.string(), entries),
  // Locks from before there were orders have none.
  orders: z.record(z.string(), entries).default({}),
});

/** A number on the wire and the proto name that it goes by, or went by last. */
export interface LockEntry {
  readonly name: string;
  readonly number: number;
}

/** The numbers of one message, by database column, or of one enum, by stored value. */
export interface NumberedNames {
  readonly active: Readonly<Record<string, LockEntry>>;
  readonly reserved: Readonly<Record<string, LockEntry>>;
}

/**
 * The committed memory of every number ever given out, so that none changes its meaning: messages by database table,
 * enums by Prisma's name, orders by table.
 */
export interface FieldLock {
  readonly version: 1;
  readonly messages: Readonly<Record<string, NumberedNames>>;
  readonly enums: Readonly<Record<string, NumberedNames>>;
  readonly orders: Readonly<Record<string, NumberedNames>>;
}

export const emptyLock: FieldLock = { version: 1, messages: {}, enums: {}, orders: {} };

/** What a model goes by in the lock: its table, with the database schema where it names one. */
export function lockKeyOf({ schema, table }: Pick<StreamModel, 'schema' | 'table'>): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

/** @throws UsageError when the file was edited or merged into something that cannot be a lock. */
export function parseFieldLock(text: string, path: string): FieldLock {
  const parsed = lockFile.safeParse(jsonOf(text, path));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
    throw invalid(path, problems.join('; '));
  }
  const { version, messages, enums, orders } = parsed.data;
  for (const [name, found] of [...Object.entries(messages), ...Object.entries(enums)]) assertUnique(name, found, path);
  for (const [name, found] of Object.entries(orders)) assertUnique(`the orders of ${name}`, found, path);
  return {
    version,
    messages: mapValues(messages, fromEntries),
    enums: mapValues(enums, fromEntries),
    orders: mapValues(orders, fromEntries),
  };
}

type Entries = z.infer<typeof entries>;

function fromEntries(found: Entries): NumberedNames {
  const part = (isRemoved: boolean) =>
    Object.fromEntries(
      Object.entries(found)
        .filter(([, { removed = false }]) => removed === isRemoved)
        .map(([id, { name, number }]) => [id, { name, number }]),
    );
  return { active: part(false), reserved: part(true) };
}

/** What goes stays at its place, so that a removal changes one line, and two branches cannot lose it between them. */
function toEntries({ active, reserved }: NumberedNames): Entries {
  return { ...mapValues(reserved, (entry) => ({ ...entry, removed: true as const })), ...active };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function jsonOf(text: string, path: string): unknown {
  if (/^<{7} /m.test(text)) throw invalid(path, 'it holds a merge conflict');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, messageOf(error).split('\n').join(' '), error);
  }
}

function invalid(path: string, why: string, cause?: unknown): UsageError {
  return new UsageError('lock.invalid', `${path} is not a field-number lock: ${why}`, {
    cause,
    nextActions: ['restore it from version control; its numbers are what keeps old clients working'],
  });
}

/** Two branches that each add a field give both the same number, and their lines may merge without a conflict. */
function assertUnique(name: string, found: Entries, path: string): void {
  const owners = new Map<number, string>();
  for (const [id, { number }] of Object.entries(found)) {
    const other = owners.get(number);
    if (other !== undefined) {
      const message = `${path} gives the number ${number} of ${name} to both ${other} and ${id}`;
      throw new UsageError('lock.duplicate', message, {
        nextActions: [
          'remove the entry of the branch that was not released, and run `npx grpc-stream generate` for a new number',
        ],
      });
    }
    owners.set(number, id);
  }
}

/** Sorted, one entry a line, so that two branches that add fields merge or conflict where they should. */
export function printFieldLock({ version, messages, enums, orders }: FieldLock): string {
  const file = {
    version,
    messages: mapValues(messages, toEntries),
    enums: mapValues(enums, toEntries),
    orders: mapValues(orders, toEntries),
  };
  return `${JSON.stringify(file, sortedKeys, 2)}\n`.replace(
    /\{\s+"name": (".*?"),\s+"number": (\d+)(,\s+"removed": true)?\s+\}/g,
    (_all, name, number, removed) => `{ "name": ${name}, "number": ${number}${removed ? ', "removed": true' : ''} }`,
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
    last = last === RESERVED.from - 1 ? RESERVED.to + 1 : last + 1;
    return last;
  }
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (!(value instanceof Object) || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
