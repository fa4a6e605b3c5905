import type { FieldLock } from './field-lock.js';

/** Something that has a key in the lock now. */
interface Keyed {
  readonly key: string;
  /** Its name in the proto. */
  readonly name: string;
}

/**
 * The key in the previous lock of everything that has a key now: the same key, or a removed one with the same name in the proto. The latter
 * is a table that was renamed while its model stayed the same.
 *
 * @returns Keys before, by those now; newcomers have none.
 */
export function originsIn(previous: FieldLock['messages'], all: readonly Keyed[]): ReadonlyMap<string, string> {
  const keys = new Set(all.map(({ key }) => key));
  const gone = new Map<string, string>();
  for (const [key, { name }] of Object.entries(previous)) if (!keys.has(key) && !gone.has(name)) gone.set(name, key);
  return new Map(
    all.flatMap(({ key, name }): [string, string][] => {
      const origin = Object.hasOwn(previous, key) ? key : gone.get(name);
      return origin === undefined ? [] : [[key, origin]];
    }),
  );
}
