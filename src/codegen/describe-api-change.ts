import type { ApiChange } from '../proto/index.js';

/** A change of the API as lines for people: what, for whom, and what to do. */
export function describeApiChange({ level, subject, what, consequence, nextAction }: ApiChange): string[] {
  return [
    `${level} ${subject} ${what}`,
    `  ${consequence}`,
    ...(nextAction === undefined ? [] : [`  → ${nextAction}`]),
  ];
}
