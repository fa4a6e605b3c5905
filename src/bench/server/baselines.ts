import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { StreamModel } from '../../model/index.js';
import type { BenchMethod } from '../../results/index.js';
import { type FindMany, keyOrder, type TableRow } from '../database/find-many.js';
import type { BaselineRequest } from '../wire/requests.js';

/** What a handler by hand has to work with: Prisma's own `findMany`, and the codec that ts-proto wrote. */
export interface BaselineContext {
  readonly model: StreamModel;
  readonly findMany: FindMany;
  readonly call: ServerWritableStream<BaselineRequest, TableRow>;
}

/** A way to stream a table without this package. */
export type Baseline = (context: BaselineContext) => Promise<void>;

/** The whole table in memory, then every row at once into the stream's own queue. */
const legacyHandler: Baseline = async ({ model, findMany, call }) => {
  const { limit } = call.request;
  const rows = await findMany({ orderBy: keyOrder(model), ...(Number.isFinite(limit) ? { take: limit } : {}) });
  for (const row of rows) call.write(row);
};

/** Page by page with `skip` and `take`: the database counts through all rows before a page to find it. */
const offsetHandler: Baseline = async ({ model, findMany, call }) => {
  const { chunk, limit } = call.request;
  const left = leftSignal(call);
  for (let sent = 0; sent < limit && !left.aborted; ) {
    const take = Math.min(chunk, limit - sent);
    const page = await findMany({ orderBy: keyOrder(model), skip: sent, take });
    await writeDrained(call, page, left);
    sent += page.length;
    if (page.length < take) return;
  }
};

/** What a careful developer writes by hand: a keyset loop, a write a row, a wait for drain. */
const plainHandler: Baseline = async ({ model, findMany, call }) => {
  const { chunk, limit } = call.request;
  const left = leftSignal(call);
  let last: TableRow | undefined;
  for (let sent = 0; sent < limit && !left.aborted; ) {
    const take = Math.min(chunk, limit - sent);
    const where = last === undefined ? {} : { where: after(last, model.key.fields) };
    const page = await findMany({ ...where, orderBy: keyOrder(model), take });
    await writeDrained(call, page, left);
    sent += page.length;
    last = page.at(-1);
    if (page.length < take) return;
  }
};

/** The handler of each way to read that a stream is compared with. */
export const baselines: Readonly<Record<Exclude<BenchMethod, 'stream'>, Baseline>> = {
  plain: plainHandler,
  legacy: legacyHandler,
  offset: offsetHandler,
};

/** Rows after a key of several columns: greater in one of them, and equal in those before it. */
function after(row: TableRow, [field, ...rest]: readonly string[]): object {
  if (field === undefined) return {};
  const greater = { [field]: { gt: row[field] } };
  return rest.length === 0 ? greater : { OR: [greater, { [field]: row[field], AND: [after(row, rest)] }] };
}

/** Aborted when the client leaves: after that no drain ever comes. */
function leftSignal(call: BaselineContext['call']): AbortSignal {
  const left = new AbortController();
  call.once('cancelled', () => left.abort());
  return left.signal;
}

/** Writes row by row, and waits for drain as the documentation of streams says. */
async function writeDrained(
  call: BaselineContext['call'],
  rows: readonly TableRow[],
  left: AbortSignal,
): Promise<void> {
  for (const row of rows) if (!call.write(row)) await once(call, 'drain', { signal: left });
}
