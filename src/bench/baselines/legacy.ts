import { keyOrder } from '../database/find-many.js';
import type { Baseline } from './baseline.js';

/** The whole table in memory, then every row at once into the stream's own queue. */
export const legacy: Baseline = async ({ model, findMany, call }) => {
  const { limit } = call.request;
  const rows = await findMany({ orderBy: keyOrder(model), ...(Number.isFinite(limit) ? { take: limit } : {}) });
  for (const row of rows) call.write(row);
};
