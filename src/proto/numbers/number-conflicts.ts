import { keepsNumber } from '../wire-type.js';
import { numbersOf, originsOf, type Wanted, type WantedName } from './assign-numbers.js';
import { entriesOf, type LockEntry, type NumberedNames } from './field-lock.js';
import { isFieldNumber, PROTOBUF_NUMBERS } from './field-numbers.js';

/**
 * Numbers that `@grpc.number(7)` asks for and that cannot be given, each with why: what one number meant, it means for ever.
 *
 * @returns One end of a sentence a conflict, by column (or stored value), such as `asks for number 7, which isbn has`.
 */
export function numberConflicts(previous: NumberedNames | undefined, wanted: Wanted): ReadonlyMap<string, string> {
  const known = entriesOf(previous);
  const origins = originsOf(previous, wanted);
  const conflicts = [...wanted].flatMap(([id, name]): [string, string][] => {
    if (name.number === undefined) return [];
    const origin = origins.get(id);
    const before = origin === undefined ? undefined : known[origin];
    const others = Object.entries(known).filter(([other]) => other !== origin);
    const why = wrongNumber(name.number) ?? ownPast(name, before) ?? takenBy(name.number, others, id, wanted);
    return why === undefined ? [] : [[id, `asks for number ${name.number}, ${why}`]];
  });
  return new Map(conflicts);
}

function wrongNumber(number: number): string | undefined {
  return isFieldNumber(number) ? undefined : `but numbers are ${PROTOBUF_NUMBERS}`;
}

function ownPast({ number, type }: WantedName, before: LockEntry | undefined): string | undefined {
  if (number === undefined || before === undefined) return undefined;
  const isRetyped = before.number === number && !keepsNumber(before.type, type);
  if (isRetyped) return `under which it was ${before.type}, and not ${type}`;
  return before.retired?.includes(number) ? 'under which it held something else' : undefined;
}

function takenBy(
  number: number,
  others: readonly (readonly [id: string, entry: LockEntry])[],
  id: string,
  wanted: Wanted,
): string | undefined {
  const rival = [...wanted].find(([other, name]) => other !== id && name.number === number);
  if (rival) return `as ${rival[1].name} does`;
  const owner = others.find(([, entry]) => numbersOf(entry).includes(number));
  if (!owner) return undefined;
  const [ownerId, entry] = owner;
  return wanted.has(ownerId) && entry.number === number
    ? `which ${entry.name} has`
    : `which ${entry.name} had and nothing else may ever have`;
}
