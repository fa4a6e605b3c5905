import { namesOf } from '../names/names.js';
import type { FieldLock, LockedNames } from '../numbers/field-lock.js';
import { followEnums } from '../numbers/follow-enums.js';
import { originOf } from '../numbers/next-lock.js';
import type { ApiChange } from './api-change.js';
import { enumChanges } from './enum-changes.js';
import { fieldChanges } from './field-changes.js';

/**
 * What a generation changes for those who use the API already, worked out from its lock and the one before. What is added is not
 * told: nobody uses it yet.
 *
 * @example
 * apiChanges(previous, next)[0]; // { level: 'note', subject: 'Book.isbn', what: 'is gone; number 2 and the name stay reserved', … }
 */
export function apiChanges(lock: FieldLock, next: FieldLock): ApiChange[] {
  const enums = pairsOf(lock.enums, next.enums);
  const previous = followEnums(lock, new Map(enums.map(({ keyBefore, keyAfter }) => [keyBefore, keyAfter])));
  return [
    ...packageChange(previous.package, next.package),
    ...pairsOf(previous.messages, next.messages).flatMap(messageChanges),
    ...pairsOf(previous.orders, next.orders).flatMap((pair) => valueChanges(pair, 'order')),
    ...enums.flatMap((pair) => [...enumRenamed(pair), ...valueChanges(pair, 'value')]),
  ];
}

/** A message or an enum before and after, each with its key in the lock. */
interface Pair {
  readonly keyBefore: string;
  readonly keyAfter: string;
  readonly before: LockedNames;
  readonly after: LockedNames;
}

function pairsOf(previous: FieldLock['messages'], next: FieldLock['messages']): Pair[] {
  const keys = new Set(Object.keys(next));
  return Object.entries(next).flatMap(([keyAfter, after]) => {
    const keyBefore = originOf(after.name, keyAfter, previous, keys);
    const before = keyBefore === undefined ? undefined : previous[keyBefore];
    return before && keyBefore !== undefined ? [{ keyBefore, keyAfter, before, after }] : [];
  });
}

function messageChanges({ keyBefore, keyAfter, before, after }: Pair): ApiChange[] {
  if (after.removed) return before.removed ? [] : [messageRemoved(after.name)];
  return [
    ...(before.removed ? [messageReturned(after.name)] : []),
    ...(before.name === after.name ? [] : [messageRenamed(before.name, after.name)]),
    ...(keyBefore === keyAfter ? [] : [tableRenamed(after.name, keyBefore, keyAfter)]),
    ...fieldChanges(after.name, before, after),
  ];
}

function valueChanges({ before, after }: Pair, kind: 'value' | 'order'): ApiChange[] {
  return before.removed || after.removed ? [] : enumChanges(before, after, kind);
}

function packageChange(before: string, after: string): ApiChange[] {
  if (before === '' || before === after) return [];
  return [
    {
      level: 'breaking',
      subject: `package ${before}.v1`,
      what: `is ${after}.v1 now`,
      consequence: 'every service has another path: clients built before get UNIMPLEMENTED',
      nextAction: `keep it with \`package: '${before}'\` in grpc-stream.config.ts, or build every client anew`,
    },
  ];
}

function messageRemoved(name: string): ApiChange {
  return {
    level: 'breaking',
    subject: name,
    what: 'is gone; its numbers wait for it in the lock',
    consequence: `callers of ${namesOf({ name }).service} get UNIMPLEMENTED`,
    nextAction: 'keep the model until nobody calls its service',
  };
}

function messageReturned(name: string): ApiChange {
  return {
    level: 'note',
    subject: name,
    what: 'is back, with the numbers that it had',
    consequence: `clients that knew ${namesOf({ name }).service} go on`,
  };
}

function messageRenamed(before: string, after: string): ApiChange {
  const [old, now] = [namesOf({ name: before }).service, namesOf({ name: after }).service];
  return {
    level: 'breaking',
    subject: before,
    what: `is ${after} now, and keeps its numbers`,
    consequence: `callers of ${old} get UNIMPLEMENTED; it is ${now} now`,
    nextAction: `keep the model's name in Prisma, and rename the table alone with @@map, or build every client anew`,
  };
}

function tableRenamed(name: string, before: string, after: string): ApiChange {
  return {
    level: 'note',
    subject: name,
    what: `is read from ${after} now, was ${before}, and keeps its numbers`,
    consequence: 'clients see no difference',
  };
}

function enumRenamed({ before, after }: Pair): ApiChange[] {
  if (before.name === after.name) return [];
  return [
    {
      level: 'breaking',
      subject: before.name,
      what: `is ${after.name} now, and keeps its numbers`,
      consequence: 'clients that speak JSON must know the new names of its values; binary ones go on',
      nextAction: `keep the enum's name in Prisma, and rename the database's type alone with @@map`,
    },
  ];
}
