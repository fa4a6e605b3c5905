import type { ValueStream, Values } from './value-stream.js';

/** Replaces the rows of a model, numbered from 0, and returns them as they were written. */
export async function writeRows({ prisma }: ValueStream, delegate: string, rows: readonly Values[]): Promise<Values[]> {
  const data = rows.map((row, id): Values => ({ ...row, id }));
  await prisma[delegate]?.deleteMany();
  await prisma[delegate]?.createMany({ data: data.map(withoutNulls) });
  return data;
}

/** Prisma wants JSON's null by another name; a column that is left out is NULL. */
function withoutNulls(row: Values): Values {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
