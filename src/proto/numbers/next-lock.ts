import { SchemaError, type SourceLocation } from '../../errors/index.js';
import type { DatabaseProvider, EnumModel, SchemaModel, StreamModel } from '../../model/index.js';
import { includeLockTypeOf, lockTypeOf } from '../names/field-types.js';
import {
  enumLockKeyOf,
  enumNamesOf,
  fieldNameOf,
  includeLockKeyOf,
  lockKeyOf,
  namesOf,
  orderValueName,
  valueNameOf,
} from '../names/names.js';
import { streamOrders } from '../names/stream-orders.js';
import { assignNumbers, numberConflicts, type Wanted, type WantedName } from './assign-numbers.js';
import { type FieldLock, type LockEntry, type LockedNames, recordOf } from './field-lock.js';
import { originsIn } from './origins.js';

/** A message, an enum or the orders of a model, with the members that need numbers. */
interface Numbered {
  /** Its name in the lock. */
  readonly key: string;
  /** Its name in the proto. */
  readonly name: string;
  /** For messages, such as `model "Book"`. */
  readonly owner: string;
  readonly location: SourceLocation;
  readonly wanted: Wanted;
  readonly plural?: string;
  readonly zero?: string;
}

/**
 * The lock after this generation, in which every number of the previous lock keeps its meaning.
 *
 * @throws SchemaError that lists each `@grpc.number(7)` whose number has another meaning already.
 */
export function nextLock({ models, enums, provider }: SchemaModel, packageName: string, lock: FieldLock): FieldLock {
  const messages = models.map((model) => messageOf(model, enums));
  const values = enums.map(enumOf);
  const enumKeys = [...originsIn(lock.enums, values)].map(([key, origin]) => [origin, key] as const);
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
    recordOf(Object.entries(entries).map(([id, entry]) => [id, rename(entry)] as const));
  const messages = Object.entries(lock.messages).map(
    ([id, names]) => [id, { ...names, active: inAll(names.active), reserved: inAll(names.reserved) }] as const,
  );
  return { ...lock, messages: recordOf(messages) };
}

const ENUM_TYPE = /(?<=^|^optional |^repeated )enum (.*)$/;

type Locked = Readonly<Record<string, LockedNames>>;

function lockAll(all: readonly Numbered[], previous: Locked): Locked {
  const before = originsIn(previous, all);
  const claimed = new Set([...before.values(), ...all.map(({ key }) => key)]);
  const gone = Object.entries(previous).filter(([key]) => !claimed.has(key));
  return recordOf([
    ...gone.map(([key, names]) => [key, { ...names, removed: true as const }] as const),
    ...all.map((one) => [one.key, lockedNames(one, previous[before.get(one.key) ?? ''])] as const),
  ]);
}

function lockedNames({ name, plural, zero, wanted }: Numbered, before: LockedNames | undefined): LockedNames {
  return {
    name,
    ...(plural === undefined ? {} : { plural }),
    ...(zero === undefined ? {} : { zero }),
    ...assignNumbers(before, wanted),
  };
}

function messageOf(model: StreamModel, enums: readonly EnumModel[]): Numbered {
  const fields = model.fields.map((field) => {
    const { number } = field;
    const isKey = model.key.fields.includes(field.name);
    return [field.column, { name: fieldNameOf(field), type: lockTypeOf(field, enums), isKey, number }] as const;
  });
  const includes = model.includes.map((include) => {
    const { number } = include;
    return [
      includeLockKeyOf(include),
      { name: fieldNameOf(include), type: includeLockTypeOf(include), number },
    ] as const;
  });
  const { file, line } = model;
  const owner = `${model.kind} "${model.name}"`;
  const { message, plural } = namesOf(model);
  return {
    key: lockKeyOf(model),
    name: message,
    ...(plural === message ? { plural } : {}),
    owner,
    location: { file, line },
    wanted: new Map<string, WantedName>([...fields, ...includes]),
  };
}

function enumOf(model: EnumModel): Numbered {
  const values = model.values.map(
    (value) => [value.stored, { name: valueNameOf(model, value), number: value.number }] as const,
  );
  const { file, line, api } = model;
  return {
    key: enumLockKeyOf(model),
    name: enumNamesOf(model).type,
    ...(api?.zero === undefined ? {} : { zero: api.zero }),
    owner: `enum "${model.name}"`,
    location: { file, line },
    wanted: new Map(values),
  };
}

function ordersOf(model: StreamModel, provider: DatabaseProvider): Numbered {
  const orders = streamOrders(model, provider).map(
    ({ id, name }) => [id, { name: orderValueName(model, name) }] as const,
  );
  const owner = `the orders of model "${model.name}"`;
  const { file, line } = model;
  return {
    key: lockKeyOf(model),
    name: namesOf(model).order,
    owner,
    location: { file, line },
    wanted: new Map(orders),
  };
}

interface Conflict {
  readonly message: string;
  readonly location: SourceLocation;
}

function conflictsIn(all: readonly Numbered[], previous: Locked): Conflict[] {
  const origins = originsIn(previous, all);
  return all.flatMap((one) =>
    [...numberConflicts(previous[origins.get(one.key) ?? ''], one.wanted)].map(([id, reason]) => ({
      message: `${one.wanted.get(id)?.name} of ${one.owner} ${reason}`,
      location: one.location,
    })),
  );
}

function conflictError(conflicts: readonly Conflict[]): SchemaError {
  const [first, ...rest] = conflicts;
  const lines = rest.map(({ message, location }) => `      ${location.file}:${location.line}: ${message}`);
  return new SchemaError('schema.numbers', [first?.message, ...lines].join('\n'), {
    ...(first?.location ? { location: first.location } : {}),
    nextActions: [
      'ask for another number; or, if the old one was never released, remove its entry from grpc-stream.lock.json',
    ],
  });
}
