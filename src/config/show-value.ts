import { inspect } from 'node:util';

/** A wrong value as it would be written in a configuration: `"abc"`, `0`, `NaN`, `10n`, `{ rows: 5 }`. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}
