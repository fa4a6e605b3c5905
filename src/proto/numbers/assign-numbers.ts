import { keepsNumber } from '../wire-type.js';
import { entriesOf, type LockEntry, type NumberedNames } from './field-lock.js';
import { numberAfter } from './field-numbers.js';

/** Something that needs a number. */
export interface WantedName {
  /** Its name in the proto. */
  readonly name: string;
  /** What a field holds, such as `optional int32`. */
  readonly type?: string;
  readonly isKey?: boolean;
  /** The number that `@grpc.number(7)` asks for. */
  readonly number?: number | undefined;
}

/** Wanted names by column (or stored value), in the order in which new numbers are given out. */
export type Wanted = ReadonlyMap<string, WantedName>;

/**
 * Gives every wanted name its number: the one that it asks for, the one it had, or the next that was never used. What is wanted no
 * longer is reserved; what comes back gets its old number again, since it means the same. What holds something else than before
 * gets a new number, and the old one is nobody's for ever.
 */
export function assignNumbers(previous: NumberedNames | undefined, wanted: Wanted): NumberedNames {
  const known = entriesOf(previous);
  const origins = originsOf(previous, wanted);
  let last = Math.max(
    0,
    ...Object.values(known).flatMap(numbersOf),
    ...[...wanted.values()].map(({ number = 0 }) => number),
  );
  const active: Record<string, LockEntry> = {};
  for (const [id, name] of wanted) active[id] = entryOf(name, known[origins.get(id) ?? ''], next);
  const claimed = new Set(origins.values());
  const gone = Object.entries(known).filter(([id]) => !claimed.has(id));
  return { active, reserved: Object.fromEntries(gone) };

  function next(): number {
    last = numberAfter(last);
    return last;
  }
}

/** Every number that an entry has or had. */
export function numbersOf({ number, retired = [] }: LockEntry): readonly number[] {
  return [number, ...retired];
}

/**
 * Which known entry each wanted name continues: its own column's, or else one of the same name in the proto whose column is gone
 * – a column that was renamed beneath an API that stays the same.
 */
export function originsOf(previous: NumberedNames | undefined, wanted: Wanted): ReadonlyMap<string, string> {
  const known = entriesOf(previous);
  const free = new Map(
    // What is active comes last, and so wins over what was removed.
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
  { name, type, isKey, number: asked }: WantedName,
  before: LockEntry | undefined,
  next: () => number,
): LockEntry {
  const stays = before !== undefined && keepsNumber(before.type, type);
  const number = asked ?? (stays ? before.number : next());
  const retired = before ? numbersOf(before).filter((old) => old !== number) : [];
  return {
    name,
    number,
    ...(type === undefined ? {} : { type }),
    ...(isKey ? { key: true as const } : {}),
    ...(retired.length > 0 ? { retired: retired.toSorted((a, b) => a - b) } : {}),
  };
}
