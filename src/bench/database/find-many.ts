import { z } from 'zod';
import { EnvironmentError, InternalError } from '../../errors/index.js';
import type { EnumModel, Field, StreamModel } from '../../model/index.js';
import { propertyOf, valueNameOf } from '../../proto/names/names.js';

export type TableRow = Readonly<Record<string, unknown>>;

/** Prisma's `findMany` of a model. */
export type FindMany = (args: object) => Promise<readonly TableRow[]>;

/** Does not check each row, since this code is timed and a hand-written handler does not check them either. */
const rowsSchema = z.custom<readonly TableRow[]>(Array.isArray);

const findingSchema = z.custom<{ findMany(args: object): Promise<unknown> }>(
  (value) => value instanceof Object && 'findMany' in value,
);

/** @throws EnvironmentError when the client was generated from another schema. */
export function findManyOf(prisma: object, model: StreamModel): FindMany {
  const delegate = findingSchema.safeParse(Reflect.get(prisma, model.delegate));
  if (delegate.success) return async (args) => rowsSchema.parse(await delegate.data.findMany(args));
  throw new EnvironmentError('bench.no_delegate', `the Prisma client has no model "${model.name}"`, {
    nextActions: ['run `npx prisma generate` and `npx grpc-stream generate`'],
  });
}

/** How many rows a model's table has, or how many of them meet a condition of Prisma's. */
export async function countRowsOf(prisma: object, model: StreamModel, where: object = {}): Promise<number> {
  const delegate = countingSchema.parse(Reflect.get(prisma, model.delegate));
  return z.number().parse(await delegate.count({ where }));
}

const countingSchema = z.custom<{ count(args: object): Promise<unknown> }>(
  (value) => value instanceof Object && 'count' in value,
);

/** The order that the model is streamed in. */
export function keyOrder({ key }: StreamModel): readonly Readonly<Record<string, 'asc'>>[] {
  return key.fields.map((field) => ({ [field]: 'asc' }));
}

/**
 * Converts rows to messages as cheaply as hand-written code. With the options of the generated codecs, a row is already a message, except for
 * decimals, enums and names that differ in the proto.
 *
 * @param enums Those of the model's schema, with their names in the API.
 */
export function toMessages(model: StreamModel, enums: readonly EnumModel[]): (row: TableRow) => TableRow {
  const changes = model.fields.flatMap((field): Change[] => {
    const [property, change] = [propertyOf(field), changeOf(field, enums)];
    return change || property !== field.name ? [{ name: field.name, property, change: change ?? same }] : [];
  });
  return (row) => {
    const message: Record<string, unknown> = { ...row };
    for (const { name, property, change } of changes) message[property] = change(row[name]);
    return message;
  };
}

type ChangeValue = (value: unknown) => unknown;

interface Change {
  readonly name: string;
  readonly property: string;
  readonly change: ChangeValue;
}

const same: ChangeValue = (value) => value;

function changeOf({ type, list }: Field, enums: readonly EnumModel[]): ChangeValue | undefined {
  const change = type.kind === 'enum' ? enumName(type.enum, enums) : type.scalar === 'Decimal' ? digits : undefined;
  return change && list ? (value) => (Array.isArray(value) ? value.map(change) : value) : change;
}

/** Computes each name once, not for each row. */
function enumName(name: string, enums: readonly EnumModel[]): ChangeValue {
  const model = enums.find((candidate) => candidate.name === name);
  if (!model) throw new InternalError(`the schema has no enum ${name}`);
  const names = new Map<unknown, string>(model.values.map((value) => [value.name, valueNameOf(model, value)]));
  return (value) => names.get(value) ?? value;
}

/** All digits of a decimal, without an exponent. */
const digits: ChangeValue = (value) =>
  value instanceof Object && 'toFixed' in value && typeof value.toFixed === 'function' ? `${value.toFixed()}` : value;
