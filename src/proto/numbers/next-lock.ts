import { SchemaError, type SourceLocation } from '../../errors/index.js';
import {
  type DatabaseProvider,
  type EnumModel,
  pascalCase,
  type SchemaModel,
  type StreamModel,
  snakeCase,
} from '../../model/index.js';
import { enumValueName, namesOf, orderValueName } from '../names/names.js';
import { streamOrders } from '../stream-orders.js';
import { includeWireType, wireType } from '../wire-type.js';
import { assignNumbers, type Wanted, type WantedName } from './assign-numbers.js';
import { enumLockKeyOf, type FieldLock, includeLockKeyOf, type LockedNames, lockKeyOf } from './field-lock.js';
import { followEnums } from './follow-enums.js';
import { numberConflicts } from './number-conflicts.js';

/** Something of the schema whose members have numbers. */
interface Numbered {
  /** What it goes by in the lock. */
  readonly key: string;
  /** Its name in the proto. */
  readonly name: string;
  /** What it is in the schema, such as `model "Book"`. */
  readonly owner: string;
  readonly location?: SourceLocation | undefined;
  readonly wanted: Wanted;
}

/**
 * The lock after this generation: every number of the one before keeps its meaning.
 *
 * @throws SchemaError for each `@grpc.number(7)` that asks for a number that means something else.
 */
export function nextLock({ models, enums, provider }: SchemaModel, packageName: string, lock: FieldLock): FieldLock {
  const messages = models.map((model) => messageOf(model, enums));
  const values = enums.map(enumOf);
  const enumKeys = [...originsOf(values, lock.enums)].map(([{ key }, origin = key]) => [origin, key] as const);
  const previous = followEnums(lock, new Map(enumKeys));
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

type Locked = Readonly<Record<string, LockedNames>>;

/**
 * Where the lock knew something by now: under its own key, or under one that is gone – a table that was renamed beneath a model
 * that stays the same.
 */
export function originOf(name: string, key: string, previous: Locked, keys: ReadonlySet<string>): string | undefined {
  if (Object.hasOwn(previous, key)) return key;
  return Object.keys(previous).find((other) => previous[other]?.name === name && !keys.has(other));
}

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

function messageOf(model: StreamModel, enums: readonly EnumModel[]): Numbered {
  const fields = model.fields.map((field) => {
    const { number } = field;
    const isKey = model.key.fields.includes(field.name);
    return [field.column, { name: snakeCase(field.name), type: wireType(field, enums), isKey, number }] as const;
  });
  const includes = model.includes.map((include) => {
    const { name, number } = include;
    return [includeLockKeyOf(include), { name: snakeCase(name), type: includeWireType(include), number }] as const;
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
    [...numberConflicts(previous[origins.get(one) ?? ''], one.wanted)].map(([id, why]) => ({
      message: `${one.wanted.get(id)?.name} of ${one.owner} ${why}`,
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
      'ask for another number; or, while nothing was released with it, take the entry out of grpc-stream.lock.json',
    ],
  });
}
