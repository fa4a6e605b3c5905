import type { EnumModel, StreamModel } from '../../model/index.js';

/** A number on the wire, and what is known of who has it. */
export interface LockEntry {
  /** The proto name that it goes by, or went by last. */
  readonly name: string;
  readonly number: number;
  /** What a field holds, such as `optional int32`; an enum's value has none. */
  readonly type?: string | undefined;
  /** A field is in the key that resumes a stream. */
  readonly key?: true | undefined;
  /** Numbers that it had before, while it held something else: nobody gets them again. */
  readonly retired?: readonly number[] | undefined;
}

/** The numbers of one message, by database column, of one enum, by stored value, or of a message's orders, by their columns. */
export interface NumberedNames {
  readonly active: Readonly<Record<string, LockEntry>>;
  readonly reserved: Readonly<Record<string, LockEntry>>;
}

/** A message, an enum or the orders of a message, as the proto names it. */
export interface LockedNames extends NumberedNames {
  readonly name: string;
  /** The schema has it no longer; its numbers wait for it. */
  readonly removed?: true | undefined;
}

/**
 * The committed memory of every number ever given out, so that none changes its meaning: messages and their orders by
 * database table, enums by the database's name for them, which all outlive a change of Prisma's names.
 */
export interface FieldLock {
  readonly version: 1;
  /** Proto package without its version; empty before the first generation. */
  readonly package: string;
  readonly messages: Readonly<Record<string, LockedNames>>;
  readonly enums: Readonly<Record<string, LockedNames>>;
  readonly orders: Readonly<Record<string, LockedNames>>;
}

export const emptyLock: FieldLock = { version: 1, package: '', messages: {}, enums: {}, orders: {} };

/** What a relation that is sent goes by in the lock: no column can have this name. */
export function includeLockKeyOf({ name }: { readonly name: string }): string {
  return `${name} (relation)`;
}

/** What a model goes by in the lock: its table, with the database schema where it names one. */
export function lockKeyOf({ schema, table }: Pick<StreamModel, 'schema' | 'table'>): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

/** What an enum goes by in the lock. */
export function enumLockKeyOf({ name, stored = name }: Pick<EnumModel, 'name' | 'stored'>): string {
  return stored;
}

/** Every entry of a message or of an enum, those that are gone included. */
export function entriesOf(names: NumberedNames | undefined): Readonly<Record<string, LockEntry>> {
  return { ...names?.reserved, ...names?.active };
}
