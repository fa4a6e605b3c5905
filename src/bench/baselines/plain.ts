import { keyOrder, type TableRow } from '../database/find-many.js';
import type { Baseline } from './baseline.js';
import { leftSignal, writeRows } from './write-rows.js';

/** What a careful developer writes by hand: a keyset loop, a write a row, a wait for drain. */
export const plain: Baseline = async ({ model, findMany, call }) => {
  const { chunk, limit } = call.request;
  const left = leftSignal(call);
  let last: TableRow | undefined;
  for (let sent = 0; sent < limit && !left.aborted; ) {
    const take = Math.min(chunk, limit - sent);
    const where = last === undefined ? {} : { where: behind(last, model.key.fields) };
    const page = await findMany({ ...where, orderBy: keyOrder(model), take });
    await writeRows(call, page, left);
    sent += page.length;
    last = page.at(-1);
    if (page.length < take) return;
  }
};

/** Rows behind a key of several columns: greater in one of them, and equal in those before it. */
function behind(row: TableRow, [field, ...rest]: readonly string[]): object {
  if (field === undefined) return {};
  const greater = { [field]: { gt: row[field] } };
  return rest.length === 0 ? greater : { OR: [greater, { [field]: row[field], AND: [behind(row, rest)] }] };
}
