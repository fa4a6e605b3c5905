import { knownPrefix, namesOf } from '../names/names.js';
import type { Renaming } from '../naming/name-scope.js';
import { type FieldLock, type LockedNames, recordOf } from '../numbers/field-lock.js';
import { renameEnums } from '../numbers/next-lock.js';
import { originsIn } from '../numbers/origins.js';
import { type ApiChange, fieldChanges, valueChanges } from './member-changes.js';

/**
 * Compares the lock of a generation with the previous one, and lists what changes for existing clients. Additions are not listed: no
 * client uses them yet.
 *
 * @example
 * apiChanges(previous, next)[0]; // { level: 'note', subject: 'Book.isbn', what: 'was removed; number 2 and the name stay reserved', … }
 */
export function apiChanges(lock: FieldLock, next: FieldLock): ApiChange[] {
  const enums = pairsOf(lock.enums, next.enums);
  const previous = renameEnums(lock, new Map(enums.map(({ keyBefore, keyAfter }) => [keyBefore, keyAfter])));
  return [
    ...packageChange(previous.package, next.package),
    ...pairsOf(previous.messages, next.messages).flatMap(messageChanges),
    ...pairsOf(previous.orders, next.orders).flatMap((pair) => memberChanges(named(pair), 'order')),
    ...enums.flatMap((pair) => [...enumRenamed(pair), ...memberChanges(pair, 'value')]),
  ];
}

/** Tells about each new name that is not the one that follows from the schema, while it can still be changed. */
export function namingNotes(renamed: readonly Renaming[]): ApiChange[] {
  return renamed
    .filter(({ isKnown }) => !isKnown)
    .map(({ clash: { owner, name: wanted, holder }, name }) => ({
      level: 'note',
      subject: owner,
      what: `is ${name} in the API, since ${wanted} is the name of ${holder}`,
      consequence: 'clients know it by that name from now on',
      nextAction: 'to choose another name, add /// @grpc.name(…) before a client uses this one',
    }));
}

/** Prints a change as lines for people: the change, its consequence, and what to do. */
export function describeApiChange({ level, subject, what, consequence, nextAction }: ApiChange): string[] {
  return [
    `${level} ${subject} ${what}`,
    `  ${consequence}`,
    ...(nextAction === undefined ? [] : [`  → ${nextAction}`]),
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
  const origins = originsIn(
    previous,
    Object.entries(next).map(([key, { name }]) => ({ key, name })),
  );
  return Object.entries(next).flatMap(([keyAfter, after]) => {
    const keyBefore = origins.get(keyAfter);
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

function memberChanges({ before, after }: Pair, kind: 'value' | 'order'): ApiChange[] {
  return before.removed || after.removed ? [] : valueChanges(before, after, kind);
}

/** An order is renamed with the fields that it goes by, or with its model, which is told there. */
function named({ before, after, ...keys }: Pair): Pair {
  const renamed = Object.entries(before.active).map(([id, entry]) => {
    const moved = entry.name.replace(
      knownPrefix(before.name, [entry.name]),
      knownPrefix(
        after.name,
        Object.values(after.active).map(({ name }) => name),
      ),
    );
    return [id, { ...entry, name: after.active[id]?.name ?? moved }] as const;
  });
  return { ...keys, after, before: { ...before, name: after.name, active: recordOf(renamed) } };
}

function packageChange(before: string, after: string): ApiChange[] {
  if (before === '' || before === after) return [];
  return [
    {
      level: 'breaking',
      subject: `package ${before}.v1`,
      what: `was renamed to ${after}.v1`,
      consequence: 'every service has a new path: existing clients get UNIMPLEMENTED',
      nextAction: `keep it with \`package: '${before}'\` in grpc-stream.config.ts, or rebuild every client`,
    },
  ];
}

function messageRemoved(name: string): ApiChange {
  return {
    level: 'breaking',
    subject: name,
    what: 'was removed; its numbers stay reserved in the lock',
    consequence: `callers of ${serviceOf(name)} get UNIMPLEMENTED`,
    nextAction: 'keep the model until no client calls its service',
  };
}

function messageReturned(name: string): ApiChange {
  return {
    level: 'note',
    subject: name,
    what: 'was added again, with its old numbers',
    consequence: `clients of ${serviceOf(name)} work again`,
  };
}

function messageRenamed(before: string, after: string): ApiChange {
  const [old, now] = [serviceOf(before), serviceOf(after)];
  return {
    level: 'breaking',
    subject: before,
    what: `was renamed to ${after}, and keeps its numbers`,
    consequence: `callers of ${old} get UNIMPLEMENTED; its new name is ${now}`,
    nextAction: `keep the model's name in Prisma, and rename only the table with @@map, or rebuild every client`,
  };
}

/** The name of a service, by that of its message. */
function serviceOf(message: string): string {
  return namesOf({ name: message, api: { name: message } }).service;
}

function tableRenamed(name: string, before: string, after: string): ApiChange {
  return {
    level: 'note',
    subject: name,
    what: `is read from ${after} instead of ${before}, and keeps its numbers`,
    consequence: 'clients see no difference',
  };
}

function enumRenamed({ before, after }: Pair): ApiChange[] {
  if (before.name === after.name) return [];
  return [
    {
      level: 'breaking',
      subject: before.name,
      what: `was renamed to ${after.name}, and keeps its numbers`,
      consequence: 'JSON clients must use the new names of its values; binary clients keep working',
      nextAction: `keep the enum's name in Prisma, and rename only the database's type with @@map`,
    },
  ];
}
