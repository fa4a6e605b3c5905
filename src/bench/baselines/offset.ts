import { keyOrder } from '../database/find-many.js';
import type { Baseline } from './baseline.js';
import { leftSignal, writeRows } from './write-rows.js';

/** Page by page with `skip` and `take`: the database counts through all rows before a page to find it. */
export const offset: Baseline = async ({ model, findMany, call }) => {
  const { chunk, limit } = call.request;
  const left = leftSignal(call);
  for (let sent = 0; sent < limit && !left.aborted; ) {
    const take = Math.min(chunk, limit - sent);
    const page = await findMany({ orderBy: keyOrder(model), skip: sent, take });
    await writeRows(call, page, left);
    sent += page.length;
    if (page.length < take) return;
  }
};
