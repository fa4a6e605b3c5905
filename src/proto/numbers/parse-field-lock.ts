import { z } from 'zod';
import { messageOf, UsageError } from '../../errors/index.js';
import { entriesOf, type FieldLock, type LockedNames } from './field-lock.js';
import { isFieldNumber, PROTOBUF_NUMBERS } from './field-numbers.js';

const number = z.int().refine(isFieldNumber, `not a number that a field may have (${PROTOBUF_NUMBERS})`);
const entry = z.strictObject({
  name: z.string(),
  number,
  type: z.string().optional(),
  key: z.literal(true).optional(),
  retired: z.array(number).optional(),
  removed: z.literal(true).optional(),
});
const names = z.strictObject({
  name: z.string(),
  removed: z.literal(true).optional(),
  numbers: z.record(z.string(), entry),
});
const lockFile = z.strictObject({
  version: z.literal(1),
  package: z.string().default(''),
  messages: z.record(z.string(), names),
  enums: z.record(z.string(), names),
  orders: z.record(z.string(), names).default({}),
});

/** @throws UsageError when the file was edited or merged into something that cannot be a lock. */
export function parseFieldLock(text: string, path: string): FieldLock {
  const parsed = lockFile.safeParse(jsonOf(text, path));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
    throw invalid(path, problems.join('; '));
  }
  const messages = mapValues(parsed.data.messages, toLockedNames);
  const enums = mapValues(parsed.data.enums, toLockedNames);
  const orders = mapValues(parsed.data.orders, toLockedNames);
  for (const [id, found] of [...Object.entries(messages), ...Object.entries(enums)]) assertUnique(id, found, path);
  for (const [id, found] of Object.entries(orders)) assertUnique(`the orders of ${id}`, found, path);
  return { ...parsed.data, messages, enums, orders };
}

function toLockedNames({ numbers, ...whole }: z.infer<typeof names>): LockedNames {
  const part = (isRemoved: boolean) =>
    Object.fromEntries(
      Object.entries(numbers)
        .filter(([, { removed = false }]) => removed === isRemoved)
        .map(([id, { removed: _, ...rest }]) => [id, rest]),
    );
  return { ...whole, active: part(false), reserved: part(true) };
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
function assertUnique(name: string, found: LockedNames, path: string): void {
  const owners = new Map<number, string>();
  for (const [id, { number, retired = [] }] of Object.entries(entriesOf(found)).sort(byName)) {
    for (const taken of [number, ...retired]) {
      const other = owners.get(taken);
      if (other !== undefined) throw duplicate(path, `gives the number ${taken} of ${name} to both ${other} and ${id}`);
      owners.set(taken, id);
    }
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function duplicate(path: string, what: string): UsageError {
  return new UsageError('lock.duplicate', `${path} ${what}`, {
    nextActions: [
      'remove the entry of the branch that was not released, and run `npx grpc-stream generate` for a new number',
    ],
  });
}
