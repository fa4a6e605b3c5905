import type { FieldLock, LockEntry, LockedNames } from './field-lock.js';

/**
 * A lock whose fields speak of enums by the keys that those have now, so that a field does not seem to hold something else when
 * only its enum's name in the database has changed.
 *
 * @param keys Where each enum is now, by where it was.
 */
export function followEnums(lock: FieldLock, keys: ReadonlyMap<string, string>): FieldLock {
  if ([...keys].every(([before, now]) => before === now)) return lock;
  const follow = (entry: LockEntry): LockEntry => ({ ...entry, type: entry.type?.replace(ENUM, renamed) });
  const renamed = (whole: string, key: string) => (keys.has(key) ? `enum ${keys.get(key)}` : whole);
  const inAll = (entries: LockedNames['active']) =>
    Object.fromEntries(Object.entries(entries).map(([id, entry]) => [id, follow(entry)]));
  const messages = Object.entries(lock.messages).map(
    ([id, names]) => [id, { ...names, active: inAll(names.active), reserved: inAll(names.reserved) }] as const,
  );
  return { ...lock, messages: Object.fromEntries(messages) };
}

const ENUM = /(?<=^|^optional |^repeated )enum (.*)$/;
