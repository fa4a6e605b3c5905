import { z } from 'zod';
import { EnvironmentError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';

export type TableRow = Readonly<Record<string, unknown>>;

/** Prisma's `findMany` of a model. */
export type FindMany = (args: object) => Promise<readonly TableRow[]>;

/** Not a look at each row: what reads a table by hand does not take one either, and is timed. */
const rowsSchema = z.custom<readonly TableRow[]>(Array.isArray);

const delegateSchema = z.custom<{ findMany(args: object): Promise<unknown> }>(
  (value) => value instanceof Object && 'findMany' in value,
);

/** @throws EnvironmentError when the client was generated from another schema. */
export function findManyOf(prisma: object, model: StreamModel): FindMany {
  const delegate = delegateSchema.safeParse(Reflect.get(prisma, model.delegate));
  if (delegate.success) return async (args) => rowsSchema.parse(await delegate.data.findMany(args));
  throw new EnvironmentError('bench.no_delegate', `the Prisma client has no model "${model.name}"`, {
    nextActions: ['run `npx prisma generate` and `npx grpc-stream generate`'],
  });
}

/** How many rows a model's table has. */
export async function countRowsOf(prisma: object, model: StreamModel): Promise<number> {
  const delegate = countingSchema.parse(Reflect.get(prisma, model.delegate));
  return z.number().parse(await delegate.count());
}

const countingSchema = z.custom<{ count(): Promise<unknown> }>((value) => value instanceof Object && 'count' in value);

/** The order that the model is streamed in. */
export function keyOrder({ key }: StreamModel): readonly Readonly<Record<string, 'asc'>>[] {
  return key.fields.map((field) => ({ [field]: 'asc' }));
}
