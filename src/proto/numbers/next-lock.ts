import { SchemaError, type SourceLocation } from '../../errors/index.js';
import {
  type DatabaseProvider,
  type EnumModel,
  pascalCase,
  type SchemaModel,
  type StreamModel,
  snakeCase,
} from '../../model/index.js';
import { includeLockTypeOf, lockTypeOf } from '../names/field-types.js';
import { enumLockKeyOf, enumValueName, includeLockKeyOf, lockKeyOf, namesOf, orderValueName } from '../names/names.js';
import { streamOrders } from '../names/stream-orders.js';
import { assignNumbers, numberConflicts, type Wanted, type WantedName } from './assign-numbers.js';
import type { FieldLock, LockEntry, LockedNames } from './field-lock.js';

/** A message, an enum or the orders of a model, with the members that need numbers. */
interface Numbered {
  /** Its name in the lock. */
  readonly key: string;
  /** Its name in the proto. */
  readonly name: string;
  /** For messages, such as `model "Book"`. */
  readonly owner: string;
  readonly location?: SourceLocation | undefined;
  readonly wanted: Wanted;
}

/**
 * The lock after this generation, in which every number of the previous lock keeps its meaning.
 *
 * @throws SchemaError that lists each `@grpc.number(7)` whose number has another meaning already.
 */
export function nextLock({ models, enums, provider }: SchemaModel, packageName: string, lock: FieldLock): FieldLock {
  const messages = models.map((model) => messageOf(model, enums));
  const values = enums.map(enumOf);
  const enumKeys = [...originsOf(values, lock.enums)].map(([{ key }, origin = key]) => [origin, key] as const);
  const previous = renameEnums(lock, new Map(enumKeys));
  const conflicts = [...conflictsIn(messages, previous.messages), ...conflictsIn(values, previous.enums)];
  if (conflicts.length > 0) throw conflictError(conflicts);
  return {
    version: 1,
    package: packageName,
    messages: lockAll(messages, previous.messages),
    enums: lockAll(values, previous.enums),
    orders: lockAll(
      models.map((model) => ordersOf(model, provider)),
      previous.orders,
    ),
  };
}

/**
 * Renames enums in the field types of a lock, so that a field does not seem to change its type when only the database's name of its
 * enum changed.
 *
 * @param keys The current key of each enum, by its previous one.
 */
export function renameEnums(lock: FieldLock, keys: ReadonlyMap<string, string>): FieldLock {
  if ([...keys].every(([before, now]) => before === now)) return lock;
  const renamed = (whole: string, key: string) => (keys.has(key) ? `enum ${keys.get(key)}` : whole);
  const rename = (entry: LockEntry): LockEntry => ({ ...entry, type: entry.type?.replace(ENUM_TYPE, renamed) });
  const inAll = (entries: LockedNames['active']) =>
    Object.fromEntries(Object.entries(entries).map(([id, entry]) => [id, rename(entry)]));
  const messages = Object.entries(lock.messages).map(
    ([id, names]) => [id, { ...names, active: inAll(names.active), reserved: inAll(names.reserved) }] as const,
  );
  return { ...lock, messages: Object.fromEntries(messages) };
}

const ENUM_TYPE = /(?<=^|^optional |^repeated )enum (.*)$/;

type Locked = Readonly<Record<string, LockedNames>>;

function lockAll(all: readonly Numbered[], previous: Locked): Locked {
  const before = originsOf(all, previous);
  const claimed = new Set([...before.values(), ...all.map(({ key }) => key)]);
  const gone = Object.entries(previous).filter(([key]) => !claimed.has(key));
  return Object.fromEntries([
    ...gone.map(([key, names]) => [key, { ...names, removed: true as const }] as const),
    ...all.map(
      (one) => [one.key, { name: one.name, ...assignNumbers(previous[before.get(one) ?? ''], one.wanted) }] as const,
    ),
  ]);
}

function originsOf(all: readonly Numbered[], previous: Locked): ReadonlyMap<Numbered, string | undefined> {
  const keys = new Set(all.map(({ key }) => key));
  return new Map(all.map((one) => [one, originOf(one.name, one.key, previous, keys)]));
}

/**
 * The key in the previous lock of something that has a key now: the same key, or a removed one with the same name in the proto. The latter
 * is a table that was renamed while its model stayed the same.
 */
export function originOf(name: string, key: string, previous: Locked, keys: ReadonlySet<string>): string | undefined {
  if (Object.hasOwn(previous, key)) return key;
  return Object.keys(previous).find((other) => previous[other]?.name === name && !keys.has(other));
}

function messageOf(model: StreamModel, enums: readonly EnumModel[]): Numbered {
  const fields = model.fields.map((field) => {
    const { number } = field;
    const isKey = model.key.fields.includes(field.name);
    return [field.column, { name: snakeCase(field.name), type: lockTypeOf(field, enums), isKey, number }] as const;
  });
  const includes = model.includes.map((include) => {
    const { name, number } = include;
    return [includeLockKeyOf(include), { name: snakeCase(name), type: includeLockTypeOf(include), number }] as const;
  });
  const { file, line } = model;
  const owner = `${model.kind} "${model.name}"`;
  return {
    key: lockKeyOf(model),
    name: namesOf(model).message,
    owner,
    location: { file, line },
    wanted: new Map<string, WantedName>([...fields, ...includes]),
  };
}

function enumOf(model: EnumModel): Numbered {
  const values = model.values.map(
    ({ name, stored, number }) => [stored, { name: enumValueName(model.name, name), number }] as const,
  );
  const name = pascalCase(model.name);
  const { location } = model;
  return { key: enumLockKeyOf(model), name, owner: `enum "${model.name}"`, location, wanted: new Map(values) };
}

function ordersOf(model: StreamModel, provider: DatabaseProvider): Numbered {
  const orders = streamOrders(model, provider).map(
    ({ id, name }) => [id, { name: orderValueName(model, name) }] as const,
  );
  const owner = `the orders of model "${model.name}"`;
  return { key: lockKeyOf(model), name: namesOf(model).order, owner, wanted: new Map(orders) };
}

interface Conflict {
  readonly message: string;
  readonly location: SourceLocation | undefined;
}

function conflictsIn(all: readonly Numbered[], previous: Locked): Conflict[] {
  const origins = originsOf(all, previous);
  return all.flatMap((one) =>
    [...numberConflicts(previous[origins.get(one) ?? ''], one.wanted)].map(([id, reason]) => ({
      message: `${one.wanted.get(id)?.name} of ${one.owner} ${reason}`,
      location: one.location,
    })),
  );
}

function conflictError(conflicts: readonly Conflict[]): SchemaError {
  const [first, ...rest] = conflicts;
  const lines = rest.map(({ message, location }) => {
    return `      ${location ? `${location.file}:${location.line}: ` : ''}${message}`;
  });
  return new SchemaError('schema.numbers', [first?.message, ...lines].join('\n'), {
    ...(first?.location ? { location: first.location } : {}),
    nextActions: [
      'ask for another number; or, if the old one was never released, remove its entry from grpc-stream.lock.json',
    ],
  });
}
