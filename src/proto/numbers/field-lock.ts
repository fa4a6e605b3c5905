import { z } from 'zod';
import { messageOf, UsageError } from '../../errors/index.js';

/**
 * The committed record of every number that was ever assigned, so that no number changes its meaning. Messages and their orders are kept
 * by database table and enums by their name in the database, which stay the same when a name in Prisma changes.
 */
export interface FieldLock {
  readonly version: 1;
  /** Proto package without its version; empty before the first generation. */
  readonly package: string;
  readonly messages: Readonly<Record<string, LockedNames>>;
  readonly enums: Readonly<Record<string, LockedNames>>;
  readonly orders: Readonly<Record<string, LockedNames>>;
}

/** A message, an enum or the orders of a message. */
export interface LockedNames extends NumberedNames {
  /** Its name in the proto. */
  readonly name: string;
  /** What the names of a message's methods end with, where that is its name: earlier versions added `List` to a plural. */
  readonly plural?: string | undefined;
  /** The name of an enum's value 0 without what all begin with, where it is not `UNSPECIFIED`. */
  readonly zero?: string | undefined;
  /** The schema no longer has it; its numbers stay reserved for it. */
  readonly removed?: true | undefined;
}

/** The numbers of one message, by database column, of one enum, by stored value, or of a message's orders, by their columns. */
export interface NumberedNames {
  readonly active: Readonly<Record<string, LockEntry>>;
  readonly reserved: Readonly<Record<string, LockEntry>>;
}

/** One number and its owner. */
export interface LockEntry {
  /** The owner's current or last name in the proto. */
  readonly name: string;
  readonly number: number;
  /** The type of a field, such as `optional int32`; the value of an enum has none. */
  readonly type?: string | undefined;
  /** The field belongs to the key that resumes a stream. */
  readonly key?: true | undefined;
  /** Numbers that it had with other types: they are never assigned again. */
  readonly retired?: readonly number[] | undefined;
}

/** A record of names from a database: a table may be called `constructor`, and a column `__proto__`. */
export function recordOf<T>(entries: Iterable<readonly [name: string, value: T]>): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}

const none = recordOf<never>([]);

export const emptyLock: FieldLock = { version: 1, package: '', messages: none, enums: none, orders: none };

/** Every entry of a message or of an enum, including the reserved ones. */
export function entriesOf(names: NumberedNames | undefined): Readonly<Record<string, LockEntry>> {
  return recordOf([...Object.entries(names?.reserved ?? {}), ...Object.entries(names?.active ?? {})]);
}

/** Every number that an entry has or had. */
export function numbersOf({ number, retired = [] }: LockEntry): readonly number[] {
  return [number, ...retired];
}

/** The greatest field number of protobuf. An enum may have greater ones, which this package does not use. */
const MAX_NUMBER = 536_870_911;
/** Protobuf reserves these for itself. */
const RESERVED = { from: 19_000, to: 19_999 } as const;

/** The numbers that a field may have, for messages. */
export const NUMBER_RANGE = `1 to ${MAX_NUMBER}, except ${RESERVED.from} to ${RESERVED.to}, which protobuf reserves`;

export function isFieldNumber(value: number): boolean {
  return value >= 1 && value <= MAX_NUMBER && (value < RESERVED.from || value > RESERVED.to);
}

/** The next number that a field may have. */
export function numberAfter(last: number): number {
  return last === RESERVED.from - 1 ? RESERVED.to + 1 : last + 1;
}

const number = z.int().refine(isFieldNumber, `not a number that a field may have (${NUMBER_RANGE})`);
const entry = z.strictObject({
  name: z.string(),
  number,
  type: z.string().optional(),
  key: z.literal(true).optional(),
  retired: z.array(number).optional(),
  removed: z.literal(true).optional(),
});

/** Zod's own record leaves out a `__proto__`. */
function recordSchema<T extends z.ZodType>(value: T) {
  const toMap = (found: unknown) =>
    found instanceof Object && !Array.isArray(found) ? new Map(Object.entries(found)) : found;
  return z.preprocess(toMap, z.map(z.string(), value)).transform(recordOf<z.output<T>>);
}

const names = z.strictObject({
  name: z.string(),
  plural: z.string().optional(),
  zero: z.string().optional(),
  removed: z.literal(true).optional(),
  numbers: recordSchema(entry),
});
const lockFile = z.strictObject({
  version: z.literal(1),
  package: z.string().default(''),
  messages: recordSchema(names),
  enums: recordSchema(names),
  orders: recordSchema(names).default(none),
});

/** @throws UsageError when an edit or a merge left a file that is no valid lock. */
export function parseFieldLock(text: string, path: string): FieldLock {
  const parsed = lockFile.safeParse(jsonOf(text, path));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'the whole file'}: ${issue.message}`,
    );
    throw invalid(path, problems.join('; '));
  }
  const messages = mapValues(parsed.data.messages, toLockedNames);
  const enums = mapValues(parsed.data.enums, toLockedNames);
  const orders = mapValues(parsed.data.orders, toLockedNames);
  for (const [id, found] of [...Object.entries(messages), ...Object.entries(enums)]) assertUnique(id, found, path);
  for (const [id, found] of Object.entries(orders)) assertUnique(`the orders of ${id}`, found, path);
  return { ...parsed.data, messages, enums, orders };
}

function jsonOf(text: string, path: string): unknown {
  if (/^<{7} /m.test(text)) throw invalid(path, 'it contains a merge conflict');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, messageOf(error).split('\n').join(' '), error);
  }
}

function toLockedNames({ numbers, ...whole }: z.infer<typeof names>): LockedNames {
  const part = (isRemoved: boolean) =>
    recordOf(
      Object.entries(numbers)
        .filter(([, { removed = false }]) => removed === isRemoved)
        .map(([id, { removed: _, ...rest }]) => [id, rest] as const),
    );
  return { ...whole, active: part(false), reserved: part(true) };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return recordOf(Object.entries(record).map(([key, value]) => [key, map(value)] as const));
}

/** Two branches that each add a field assign the same number, and may merge without a conflict. */
function assertUnique(name: string, found: LockedNames, path: string): void {
  const owners = new Map<number, string>();
  for (const [id, locked] of Object.entries(entriesOf(found)).sort(byName)) {
    for (const taken of numbersOf(locked)) {
      const other = owners.get(taken);
      if (other !== undefined) throw duplicate(path, `gives number ${taken} of ${name} to both ${other} and ${id}`);
      owners.set(taken, id);
    }
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function invalid(path: string, why: string, cause?: unknown): UsageError {
  return new UsageError('lock.invalid', `${path} is not a field-number lock: ${why}`, {
    cause,
    nextActions: ['restore it from version control: its numbers keep existing clients working'],
  });
}

function duplicate(path: string, problem: string): UsageError {
  return new UsageError('lock.duplicate', `${path} ${problem}`, {
    nextActions: [
      'remove the entry of the branch that was not released, and run `npx grpc-stream generate` for a new number',
    ],
  });
}

/** Prints a lock sorted and with one entry per line, so that branches that add fields merge, or conflict where they must. */
export function printFieldLock({ version, package: packageName, messages, enums, orders }: FieldLock): string {
  return [
    '{',
    `  "enums": ${printAll(enums)},`,
    `  "messages": ${printAll(messages)},`,
    `  "orders": ${printAll(orders)},`,
    `  "package": ${JSON.stringify(packageName)},`,
    `  "version": ${version}`,
    '}',
    '',
  ].join('\n');
}

function printAll(all: Readonly<Record<string, LockedNames>>): string {
  return block('  ', all, (locked) => {
    const removed = locked.removed ? ['"removed": true'] : [];
    const head = [
      `"name": ${JSON.stringify(locked.name)}`,
      `"numbers": ${printNumbers(locked)}`,
      ...(locked.plural === undefined ? [] : [`"plural": ${JSON.stringify(locked.plural)}`]),
      ...removed,
      ...(locked.zero === undefined ? [] : [`"zero": ${JSON.stringify(locked.zero)}`]),
    ];
    return `{\n${head.map((line) => `      ${line}`).join(',\n')}\n    }`;
  });
}

/** A removed entry keeps its position, so that a removal changes one line and a merge cannot lose the entry. */
function printNumbers(locked: LockedNames): string {
  return block('      ', entriesOf(locked), (one, id) => printEntry(one, !Object.hasOwn(locked.active, id)));
}

function printEntry({ name, number, type, key, retired }: LockEntry, isRemoved: boolean): string {
  let text = `{ "name": ${JSON.stringify(name)}, "number": ${number}`;
  if (type !== undefined) text += `, "type": ${JSON.stringify(type)}`;
  if (key) text += ', "key": true';
  if (retired !== undefined) text += `, "retired": ${JSON.stringify(retired)}`;
  return `${text}${isRemoved ? ', "removed": true' : ''} }`;
}

function block<T>(
  indent: string,
  record: Readonly<Record<string, T>>,
  print: (value: T, id: string) => string,
): string {
  const entries = Object.entries(record).sort(byName);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([id, value]) => `${indent}  ${JSON.stringify(id)}: ${print(value, id)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
