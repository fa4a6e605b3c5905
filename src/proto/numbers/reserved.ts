import type { Reserved } from '../text/proto-file.js';
import { numbersOf } from './assign-numbers.js';
import type { NumberedNames } from './field-lock.js';

/** What a message or an enum must keep free: the numbers and names that are gone, and the numbers that were given up. */
export function reservedOf(names: NumberedNames | undefined): Reserved {
  const gone = Object.values(names?.reserved ?? {}).sort((a, b) => a.number - b.number);
  const active = Object.values(names?.active ?? {});
  const inUse = new Set(active.map(({ name }) => name));
  const numbers = [...gone.flatMap(numbersOf), ...active.flatMap(({ retired = [] }) => retired)];
  return {
    numbers: numbers.sort((a, b) => a - b),
    // What is gone may have gone by one name after another.
    names: [...new Set(gone.map(({ name }) => name))].filter((name) => !inUse.has(name)),
  };
}
