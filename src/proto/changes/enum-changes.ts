import { enumValueName } from '../names/names.js';
import type { LockEntry, LockedNames } from '../numbers/field-lock.js';
import { type ApiChange, type KeptNumber, numberHistory } from './api-change.js';

/** What became of an enum's values, or of the orders of a model, for those who know it as it was. */
export function enumChanges(before: LockedNames, after: LockedNames, kind: 'value' | 'order'): ApiChange[] {
  const { kept, gone, added, back } = numberHistory(before, after);
  return [
    ...kept.flatMap((pair) => renamed(before, after, pair)),
    ...kept.flatMap((pair) => moved(after, pair)),
    ...gone.map((entry) => removed(after, entry, added, kind)),
    ...back.map((pair) => returned(after, pair)),
  ];
}

/** A value's name begins with its enum's: where that changes, all of them do, and it is told once. */
function renamed(enumBefore: LockedNames, enumAfter: LockedNames, { before, after }: KeptNumber): ApiChange[] {
  const [old, now] = [shortName(enumBefore, before), shortName(enumAfter, after)];
  if (old === now) return [];
  return [
    {
      level: 'breaking',
      subject: `${enumAfter.name}.${old}`,
      what: `is ${now} now, and keeps number ${after.number}`,
      consequence: 'clients that speak JSON must know the new name; binary ones go on',
    },
  ];
}

function moved(owner: LockedNames, { before, after }: KeptNumber): ApiChange[] {
  if (before.number === after.number) return [];
  return [
    {
      level: 'breaking',
      subject: `${owner.name}.${shortName(owner, after)}`,
      what: `moved from number ${before.number}, which nothing else will have, to ${after.number}`,
      consequence: 'clients built before take it for a value that they do not know',
    },
  ];
}

function removed(
  owner: LockedNames,
  entry: LockEntry,
  added: readonly LockEntry[],
  kind: 'value' | 'order',
): ApiChange {
  const heirs = added.map((other) => shortName(owner, other)).join(' or ');
  const subject = `${owner.name}.${shortName(owner, entry)}`;
  const what = `is gone; number ${entry.number} and the name stay reserved`;
  if (kind === 'order') {
    const consequence = 'clients that ask for this order get INVALID_ARGUMENT';
    return { level: 'breaking', subject, what, consequence, nextAction: 'keep the index until nobody asks for it' };
  }
  const nextAction = `if it was only renamed, to ${heirs}, add @map with the old value to keep its number`;
  const consequence = 'no row has it any longer; clients built before go on';
  return { level: 'note', subject, what, consequence, ...(heirs === '' ? {} : { nextAction }) };
}

function returned(owner: LockedNames, { after }: KeptNumber): ApiChange {
  return {
    level: 'note',
    subject: `${owner.name}.${shortName(owner, after)}`,
    what: `is back, with number ${after.number} that it had`,
    consequence: 'clients that knew it know it again; `buf breaking` tells of the reservation that is lifted',
  };
}

/** `ORDER_STATUS_PAID` of `OrderStatus` → `PAID`. */
function shortName(owner: LockedNames, { name }: LockEntry): string {
  const prefix = enumValueName(owner.name, '');
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
