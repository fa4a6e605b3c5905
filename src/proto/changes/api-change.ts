import { numbersOf } from '../numbers/assign-numbers.js';
import type { LockEntry, NumberedNames } from '../numbers/field-lock.js';

/** What a generation changes for those who use the API already. */
export interface ApiChange {
  /** `breaking` when something that was built before stops working, or reads another value; `note` when it goes on. */
  readonly level: 'breaking' | 'note';
  /** What it is about, by its name in the proto, such as `Book.pages`. */
  readonly subject: string;
  /** What changed, to be read after the subject. */
  readonly what: string;
  /** For whom, and what they see. */
  readonly consequence: string;
  /** What can be done about it. */
  readonly nextAction?: string;
}

/** What became of the numbers of one message or enum. */
export interface NumberHistory {
  readonly kept: readonly KeptNumber[];
  readonly gone: readonly LockEntry[];
  readonly added: readonly LockEntry[];
  /** What was gone, and is there again. */
  readonly back: readonly KeptNumber[];
}

export interface KeptNumber {
  readonly before: LockEntry;
  readonly after: LockEntry;
}

/** Follows each entry by its number, which outlives names, columns and types: what has a number, or retired it, is its heir. */
export function numberHistory(previous: NumberedNames, next: NumberedNames): NumberHistory {
  const active = Object.values(next.active);
  const heirOf = new Map(active.flatMap((entry) => numbersOf(entry).map((number) => [number, entry] as const)));
  const pairs = (entries: NumberedNames['active']) =>
    Object.values(entries).flatMap((before) => {
      const after = heirOf.get(before.number);
      return after ? [{ before, after }] : [];
    });
  const [kept, back] = [pairs(previous.active), pairs(previous.reserved)];
  const known = new Set([...kept, ...back].map(({ after }) => after));
  return {
    kept,
    back,
    gone: Object.values(previous.active).filter(({ number }) => !heirOf.has(number)),
    added: active.filter((entry) => !known.has(entry)),
  };
}
