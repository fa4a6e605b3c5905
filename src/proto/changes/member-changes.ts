import { keepsNumber, parseLockType } from '../names/field-types.js';
import { knownPrefix } from '../names/names.js';
import { type LockEntry, type LockedNames, type NumberedNames, numbersOf } from '../numbers/field-lock.js';

/** A change of the API that its users should know about. */
export interface ApiChange {
  /** `breaking` when existing clients stop working or read other values; `note` when they keep working. */
  readonly level: 'breaking' | 'note';
  /** The name in the proto, such as `Book.pages`. */
  readonly subject: string;
  /** The change, to be read after the subject. */
  readonly what: string;
  /** Who is affected, and how. */
  readonly consequence: string;
  /** What to do about it. */
  readonly nextAction?: string;
}

/** Compares the fields of a message before and after. */
export function fieldChanges(message: string, previous: NumberedNames, next: NumberedNames): ApiChange[] {
  const history = numberHistory(previous, next);
  const { kept, removed, added, returned } = history;
  return [
    ...keyChanges(message, previous, next, history),
    ...kept.flatMap((pair) => fieldChange(message, pair)),
    ...removed.map((entry) => fieldRemoved(message, entry, added)),
    ...returned.map((pair) => fieldReturned(message, pair)),
  ];
}

/** Compares the values of an enum, or the orders of a model, before and after. */
export function valueChanges(before: LockedNames, after: LockedNames, kind: 'value' | 'order'): ApiChange[] {
  const { kept, removed, added, returned } = numberHistory(before, after);
  return [
    ...kept.flatMap((pair) => valueChange(before, after, pair)),
    ...removed.map((entry) => valueRemoved(after, entry, added, kind)),
    ...returned.map((pair) => valueReturned(after, pair)),
  ];
}

interface NumberHistory {
  readonly kept: readonly KeptNumber[];
  readonly removed: readonly LockEntry[];
  readonly added: readonly LockEntry[];
  /** Removed before, and added again. */
  readonly returned: readonly KeptNumber[];
}

interface KeptNumber {
  readonly before: LockEntry;
  readonly after: LockEntry;
}

/** Follows entries by number, since names, columns and types change: an entry continues another if it has or retired its number. */
function numberHistory(previous: NumberedNames, next: NumberedNames): NumberHistory {
  const active = Object.values(next.active);
  const owners = new Map(active.flatMap((entry) => numbersOf(entry).map((number) => [number, entry] as const)));
  const pairs = (entries: NumberedNames['active']) =>
    Object.values(entries).flatMap((before) => {
      const after = owners.get(before.number);
      return after ? [{ before, after }] : [];
    });
  const [kept, returned] = [pairs(previous.active), pairs(previous.reserved)];
  const known = new Set([...kept, ...returned].map(({ after }) => after));
  return {
    kept,
    returned,
    removed: Object.values(previous.active).filter(({ number }) => !owners.has(number)),
    added: active.filter((entry) => !known.has(entry)),
  };
}

/** A column of the key whose type changed is told as such: the key has the same columns. */
function keyChanges(
  message: string,
  previous: NumberedNames,
  next: NumberedNames,
  { kept }: NumberHistory,
): ApiChange[] {
  const [before, now] = [keyOf(previous), keyOf(next)];
  const continued = before.map((entry) => kept.find((pair) => pair.before === entry)?.after);
  if (continued.length === now.length && now.every((entry) => continued.includes(entry))) return [];
  const text = (key: readonly LockEntry[]) => key.map(({ name }) => name).join(', ');
  return [
    {
      level: 'breaking',
      subject: `${message}Key`,
      what: `changed from (${text(before)}) to (${text(now)})`,
      consequence: 'a client cannot resume a stream with a key that it kept; it must start from the beginning',
      nextAction: 'deploy while no stream is running',
    },
  ];
}

function keyOf({ active }: NumberedNames): LockEntry[] {
  return Object.values(active)
    .filter(({ key }) => key)
    .sort((a, b) => a.number - b.number);
}

/** All that changed about a field, told once. */
function fieldChange(message: string, { before, after }: KeptNumber): ApiChange[] {
  const isRenamed = before.name !== after.name;
  const renamed = isRenamed ? `was renamed to ${after.name}` : '';
  const subject = `${message}.${before.name}`;
  if (before.number !== after.number) return [fieldMoved(subject, renamed, before, after)];
  const retype = retypeOf(before, after);
  if (!retype) return isRenamed ? [fieldRenamed(subject, renamed, after)] : [];
  const { level, what, consequence, nextAction } = retype;
  if (!isRenamed) return [{ level, subject, what, consequence, ...(nextAction ? { nextAction } : {}) }];
  return [
    {
      level: 'breaking',
      subject,
      what: `${renamed}, and ${what}`,
      consequence: `${RENAMED}; ${consequence}`,
      nextAction: nextAction ?? KEEP_NAME,
    },
  ];
}

const RENAMED = 'JSON clients must use the new name, also in filters and orders; binary clients keep working';
const KEEP_NAME = 'if JSON clients matter, keep the name with /// @grpc.name(…), or rename only the column with @map';

function fieldRenamed(subject: string, renamed: string, { number }: LockEntry): ApiChange {
  return {
    level: 'breaking',
    subject,
    what: `${renamed}, and keeps number ${number}`,
    consequence: RENAMED,
    nextAction: KEEP_NAME,
  };
}

function fieldMoved(subject: string, renamed: string, before: LockEntry, after: LockEntry): ApiChange {
  const retyped = keepsNumber(before.type, after.type) ? '' : `changed from ${before.type} to ${after.type}`;
  const moved = `moved from number ${before.number}, which stays reserved, to ${after.number}`;
  const parts = [renamed, retyped].filter((part) => part !== '');
  return {
    level: 'breaking',
    subject,
    what: parts.length === 0 ? moved : `${parts.join(' and ')}; it ${moved}`,
    consequence: `existing clients read it as absent or empty, and so do new clients of an old server${
      after.key ? '; a client cannot resume a stream with a key that it kept' : ''
    }`,
    nextAction: 'to give clients time, add another column, and drop the old one when no client reads it',
  };
}

type Retype = Omit<ApiChange, 'subject'>;

/** What a change of the type means for a field that keeps its number: its values have the same encoding. */
function retypeOf(before: LockEntry, after: LockEntry): Retype | undefined {
  if (before.type === after.type || !before.type || !after.type) return undefined;
  const [old, now] = [parseLockType(before.type), parseLockType(after.type)];
  if (old.name !== now.name) return resized(before, after);
  // A message field has presence anyway.
  if (now.name.startsWith('google.')) return undefined;
  return {
    level: 'note',
    what: now.isOptional ? 'can be absent now' : 'is never absent now',
    consequence: now.isOptional
      ? 'existing clients read absent as 0, false or an empty text'
      : 'existing clients read 0, false or an empty text as absent',
  };
}

/** The new type has the same encoding, as long as a value fits both. */
function resized(before: LockEntry, after: LockEntry): Retype {
  const isText = /^(string|decimal)$/.test(parseLockType(after.type ?? '').name);
  return {
    level: 'breaking',
    what: `changed from ${before.type} to ${after.type}; it keeps number ${after.number}`,
    consequence: isText
      ? 'clients read it as before; clients that filter by it must be rebuilt'
      : 'existing binary clients read 32 bits only; in JSON, an integer of 64 bits is a text and one of 32 bits a number',
    nextAction: isText
      ? 'rebuild the clients that filter by it'
      : 'rebuild the clients before values need more than 32 bits',
  };
}

function fieldRemoved(message: string, { name, number, type }: LockEntry, added: readonly LockEntry[]): ApiChange {
  const candidates = added.filter((entry) => keepsNumber(type, entry.type)).map((entry) => entry.name);
  const renamed = candidates.join(' or ');
  return {
    level: 'note',
    subject: `${message}.${name}`,
    what: `was removed; number ${number} and the name stay reserved`,
    consequence: 'existing clients read it as absent or empty',
    ...(candidates.length > 0
      ? { nextAction: `if it was only renamed, to ${renamed}, add @map with the old column to keep its number` }
      : {}),
  };
}

const LIFTED = '`buf breaking` reports that a reservation was lifted';

function fieldReturned(message: string, { before, after }: KeptNumber): ApiChange {
  const isSame = before.number === after.number;
  return {
    level: 'note',
    subject: `${message}.${after.name}`,
    what: isSame
      ? `was added again, with its old number ${after.number}`
      : `was added again as ${after.type} instead of ${before.type}, with number ${after.number}; ${before.number} stays reserved`,
    consequence: `clients that knew it read it ${isSame ? 'again' : 'as absent or empty'}; ${LIFTED}`,
  };
}

/** The name of a value begins with its enum's name. Renaming an enum changes all of them, and is reported once, for the enum. */
function valueChange(enumBefore: LockedNames, enumAfter: LockedNames, { before, after }: KeptNumber): ApiChange[] {
  const [old, now] = [shortName(enumBefore, before), shortName(enumAfter, after)];
  const isMoved = before.number !== after.number;
  if (old === now && !isMoved) return [];
  const renamed = old === now ? '' : `was renamed to ${now}, and `;
  return [
    {
      level: 'breaking',
      subject: `${enumAfter.name}.${old}`,
      what: isMoved
        ? `${renamed}moved from number ${before.number}, which stays reserved, to ${after.number}`
        : `${renamed}keeps number ${after.number}`,
      consequence: isMoved
        ? 'existing clients read it as an unknown value'
        : 'JSON clients must use the new name; binary clients keep working',
    },
  ];
}

function valueRemoved(
  owner: LockedNames,
  entry: LockEntry,
  added: readonly LockEntry[],
  kind: 'value' | 'order',
): ApiChange {
  const subject = `${owner.name}.${shortName(owner, entry)}`;
  const what = `was removed; number ${entry.number} and the name stay reserved`;
  if (kind === 'order') {
    const consequence = 'clients that ask for this order get INVALID_ARGUMENT';
    return { level: 'breaking', subject, what, consequence, nextAction: 'keep the index until no client needs it' };
  }
  const renamed = added.map((other) => shortName(owner, other)).join(' or ');
  const nextAction = `if it was only renamed, to ${renamed}, add @map with the old value to keep its number`;
  const consequence = 'no row has it any more; existing clients keep working';
  return { level: 'note', subject, what, consequence, ...(renamed === '' ? {} : { nextAction }) };
}

function valueReturned(owner: LockedNames, { after }: KeptNumber): ApiChange {
  return {
    level: 'note',
    subject: `${owner.name}.${shortName(owner, after)}`,
    what: `was added again, with its old number ${after.number}`,
    consequence: `clients that knew it know it again; ${LIFTED}`,
  };
}

/** `ORDER_STATUS_PAID` of `OrderStatus` → `PAID`. */
function shortName(owner: LockedNames, { name }: LockEntry): string {
  const prefix = knownPrefix(owner.name, [name]);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
