import { keepsNumber } from '../names/field-types.js';
import {
  entriesOf,
  isFieldNumber,
  type LockEntry,
  NUMBER_RANGE,
  type NumberedNames,
  numberAfter,
  numbersOf,
  recordOf,
} from './field-lock.js';

/** Something that needs a number. */
export interface WantedName {
  /** Its name in the proto. */
  readonly name: string;
  /** The type of a field, such as `optional int32`. */
  readonly type?: string;
  readonly isKey?: boolean;
  /** The number that `@grpc.number(7)` asks for. */
  readonly number?: number | undefined;
}

/** Wanted names by column (or stored value), in the order in which they get new numbers. */
export type Wanted = ReadonlyMap<string, WantedName>;

/**
 * Assigns a number to every wanted name: the one that it asks for, the one that it had, or the next that was never used. Names that are no
 * longer wanted are reserved; a name that returns gets its old number again, which still means the same. A name whose type changed
 * gets a new number, and its old one is never assigned again.
 */
export function assignNumbers(previous: NumberedNames | undefined, wanted: Wanted): NumberedNames {
  const known = entriesOf(previous);
  const origins = originsOf(previous, known, wanted);
  let last = Math.max(
    0,
    ...Object.values(known).flatMap(numbersOf),
    ...[...wanted.values()].map(({ number = 0 }) => number),
  );
  const active = [...wanted].map(([id, name]) => [id, entryOf(name, known[origins.get(id) ?? ''], next)] as const);
  const claimed = new Set(origins.values());
  const gone = Object.entries(known).filter(([id]) => !claimed.has(id));
  return { active: recordOf(active), reserved: recordOf(gone) };

  function next(): number {
    last = numberAfter(last);
    return last;
  }
}

/**
 * The known entry that each wanted name continues: that of its own column, or else one with the same name in the proto whose column was
 * removed. The latter is a column that was renamed while the API stayed the same.
 */
function originsOf(
  previous: NumberedNames | undefined,
  known: NumberedNames['active'],
  wanted: Wanted,
): ReadonlyMap<string, string> {
  const free = new Map(
    // Active entries come last, and so take precedence over removed ones.
    [...Object.entries(previous?.reserved ?? {}), ...Object.entries(previous?.active ?? {})]
      .filter(([id]) => !wanted.has(id))
      .map(([id, { name }]) => [name, id]),
  );
  return new Map(
    [...wanted].flatMap(([id, { name }]): [string, string][] => {
      const origin = Object.hasOwn(known, id) ? id : free.get(name);
      return origin === undefined ? [] : [[id, origin]];
    }),
  );
}

function entryOf(
  { name, type, isKey, number: requested }: WantedName,
  before: LockEntry | undefined,
  next: () => number,
): LockEntry {
  const stays = before !== undefined && keepsNumber(before.type, type);
  const number = requested ?? (stays ? before.number : next());
  const retired = before ? numbersOf(before).filter((old) => old !== number) : [];
  return {
    name,
    number,
    ...(type === undefined ? {} : { type }),
    ...(isKey ? { key: true as const } : {}),
    ...(retired.length > 0 ? { retired: retired.toSorted((a, b) => a - b) } : {}),
  };
}

/**
 * Finds the numbers that `@grpc.number(7)` asks for and that cannot be assigned: a number keeps its first meaning for ever.
 *
 * @returns The end of a sentence per conflict, by column (or stored value), such as `asks for number 7, which isbn has`.
 */
export function numberConflicts(previous: NumberedNames | undefined, wanted: Wanted): ReadonlyMap<string, string> {
  if (![...wanted.values()].some(({ number }) => number !== undefined)) return new Map();
  const known = entriesOf(previous);
  const origins = originsOf(previous, known, wanted);
  const conflicts = [...wanted].flatMap(([id, name]): [string, string][] => {
    if (name.number === undefined) return [];
    const origin = origins.get(id);
    const before = origin === undefined ? undefined : known[origin];
    const others = Object.entries(known).filter(([other]) => other !== origin);
    const reason = outOfRange(name.number) ?? ownPast(name, before) ?? takenBy(name.number, others, id, wanted);
    return reason === undefined ? [] : [[id, `asks for number ${name.number}, ${reason}`]];
  });
  return new Map(conflicts);
}

function outOfRange(number: number): string | undefined {
  return isFieldNumber(number) ? undefined : `but numbers are ${NUMBER_RANGE}`;
}

function ownPast({ number, type }: WantedName, before: LockEntry | undefined): string | undefined {
  if (number === undefined || before === undefined) return undefined;
  const isRetyped = before.number === number && !keepsNumber(before.type, type);
  if (isRetyped) return `which it had as ${before.type}; it is ${type} now`;
  return before.retired?.includes(number) ? 'which it had with another type' : undefined;
}

function takenBy(
  number: number,
  others: readonly (readonly [id: string, entry: LockEntry])[],
  id: string,
  wanted: Wanted,
): string | undefined {
  const rival = [...wanted].find(([other, name]) => other !== id && name.number === number);
  if (rival) return `and so does ${rival[1].name}`;
  const owner = others.find(([, entry]) => numbersOf(entry).includes(number));
  if (!owner) return undefined;
  const [ownerId, entry] = owner;
  return wanted.has(ownerId) && entry.number === number
    ? `which ${entry.name} has`
    : `which is reserved because ${entry.name} had it`;
}
