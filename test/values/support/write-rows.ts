import type { ValueStream, Values } from './value-stream.js';

/** Replaces the rows of a model with new ones, numbered from 0, and returns them. */
export async function writeRows(stream: ValueStream, model: string, rows: readonly Values[]): Promise<Values[]> {
  const data = rows.map((row, id): Values => ({ ...row, id }));
  const delegate = stream.delegate(model);
  await delegate.deleteMany();
  await delegate.createMany({ data: data.map(withoutNulls) });
  return data;
}

/** Prisma writes NULL for a column that is left out; it wants JSON's null by another name. */
function withoutNulls(row: Values): Values {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
