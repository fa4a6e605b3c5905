import type { LockEntry, NumberedNames } from '../numbers/field-lock.js';
import { keepsNumber, partsOf } from '../wire-type.js';
import { type ApiChange, type KeptNumber, numberHistory } from './api-change.js';

/** What became of a message's fields, for those who know it as it was. */
export function fieldChanges(message: string, previous: NumberedNames, next: NumberedNames): ApiChange[] {
  const { kept, gone, added, back } = numberHistory(previous, next);
  return [
    ...keyChanges(message, previous, next),
    ...kept.flatMap((pair) => [...renamed(message, pair), ...retyped(message, pair)]),
    ...gone.map((entry) => removed(message, entry, added)),
    ...back.map((pair) => returned(message, pair)),
  ];
}

function keyChanges(message: string, previous: NumberedNames, next: NumberedNames): ApiChange[] {
  const [before, now] = [keyOf(previous), keyOf(next)];
  if (before.map(({ number }) => number).join() === now.map(({ number }) => number).join()) return [];
  const text = (key: readonly LockEntry[]) => key.map(({ name }) => name).join(', ');
  return [
    {
      level: 'breaking',
      subject: `${message}Key`,
      what: `is (${text(now)}) now, was (${text(before)})`,
      consequence:
        'a stream cannot go on behind a key that a client kept from before; it has to start from the beginning',
      nextAction: 'let streams that are under way end before you deploy it',
    },
  ];
}

function keyOf({ active }: NumberedNames): LockEntry[] {
  return Object.values(active)
    .filter(({ key }) => key)
    .sort((a, b) => a.number - b.number);
}

function renamed(message: string, { before, after }: KeptNumber): ApiChange[] {
  if (before.name === after.name) return [];
  return [
    {
      level: 'breaking',
      subject: `${message}.${before.name}`,
      what: `is ${after.name} now, and keeps number ${after.number}`,
      consequence: 'clients that speak JSON must know the new name; binary ones go on',
      nextAction: 'keep the name in Prisma, and rename the column alone with @map, when JSON clients matter',
    },
  ];
}

function retyped(message: string, { before, after }: KeptNumber): ApiChange[] {
  if (before.number !== after.number) return [moved(message, before, after)];
  if (before.type === after.type || !before.type || !after.type) return [];
  const [old, now] = [partsOf(before.type), partsOf(after.type)];
  const subject = `${message}.${after.name}`;
  if (old.type !== now.type) return [resized(subject, before, after)];
  // A message knows by itself that it is absent.
  if (now.type.startsWith('google.')) return [];
  return [
    {
      level: 'note',
      subject,
      what: now.isOptional ? 'can be absent now' : 'is never absent now',
      consequence: now.isOptional
        ? 'clients built before read absent as 0, false or an empty text'
        : 'clients built before read 0, false or an empty text as absent',
    },
  ];
}

function moved(message: string, before: LockEntry, after: LockEntry): ApiChange {
  const retype = keepsNumber(before.type, after.type) ? '' : `is ${after.type} now, was ${before.type}; it `;
  return {
    level: 'breaking',
    subject: `${message}.${after.name}`,
    what: `${retype}moved from number ${before.number}, which nothing else will have, to ${after.number}`,
    consequence: 'clients built before read it as absent or empty, and so do new clients from a server of before',
    nextAction: 'to give clients time, add a column beside the old one, and drop the old one when nobody reads it',
  };
}

/** The same bytes on the wire, as long as a value fits both. */
function resized(subject: string, before: LockEntry, after: LockEntry): ApiChange {
  const isText = partsOf(after.type ?? '').type.match(/^(string|decimal)$/);
  return {
    level: 'breaking',
    subject,
    what: `is ${after.type} now, was ${before.type}; it keeps number ${after.number}`,
    consequence: isText
      ? 'clients read it as before; those that name the type of its filter must be built anew'
      : 'binary clients built before read what fits 32 bits; in JSON, 64 bits are text and 32 a number',
    nextAction: isText
      ? 'build clients anew that filter by it'
      : 'build clients anew before values need more than 32 bits',
  };
}

function removed(message: string, { name, number, type }: LockEntry, added: readonly LockEntry[]): ApiChange {
  const heirs = added.filter((entry) => keepsNumber(type, entry.type)).map((entry) => entry.name);
  return {
    level: 'note',
    subject: `${message}.${name}`,
    what: `is gone; number ${number} and the name stay reserved`,
    consequence: 'clients built before read it as absent or empty',
    ...(heirs.length > 0
      ? {
          nextAction: `if it was only renamed, to ${heirs.join(' or ')}, add @map with the old column to keep its number`,
        }
      : {}),
  };
}

function returned(message: string, { before, after }: KeptNumber): ApiChange {
  const isSame = before.number === after.number;
  return {
    level: 'note',
    subject: `${message}.${after.name}`,
    what: isSame
      ? `is back, with number ${after.number} that it had`
      : `is back as ${after.type}, was ${before.type}; it has number ${after.number}, and ${before.number} stays reserved`,
    consequence: `${isSame ? 'clients that knew it read it again' : 'clients that knew it read it as absent or empty'}; \`buf breaking\` tells of the reservation that is lifted`,
  };
}
