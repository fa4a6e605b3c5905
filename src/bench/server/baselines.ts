import { once } from 'node:events';
import { type Server, type ServerWritableStream, status } from '@grpc/grpc-js';
import { messageOf } from '../../errors/index.js';
import type { EnumModel, StreamModel } from '../../model/index.js';
import type { BenchMethod } from '../../results/index.js';
import { type FindMany, findManyOf, keyOrder, type TableRow, toMessages } from '../database/find-many.js';
import { type BaselineRequest, decodeStreamRequest } from '../wire/messages.js';
import { baselineMethods } from '../wire/server-place.js';

/** How a stream of a hand-written handler ended. */
export interface BaselineEnd {
  readonly ok: boolean;
  readonly rows: number;
  readonly durationMs: number;
}

interface BaselineOptions {
  /** A Prisma client. */
  readonly prisma: object;
  readonly model: StreamModel;
  /** The enums of the schema. */
  readonly enums: readonly EnumModel[];
  readonly encode: (message: unknown) => { finish(): Uint8Array };
  readonly onEnd: (end: BaselineEnd) => void;
}

/** Serves the model in the ways that are compared, beside the generated service. */
export function addBaselines(server: Server, { prisma, model, enums, encode, onEnd }: BaselineOptions): void {
  const findMany = findManyOf(prisma, model);
  const toMessage = toMessages(model, enums);
  const shared = {
    requestStream: false,
    responseStream: true,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: decodeStreamRequest,
    responseSerialize: (row: TableRow) => Buffer.from(encode(toMessage(row)).finish()),
    responseDeserialize: () => ({}),
  };
  const paths = Object.entries(baselineMethods);
  server.addService(
    Object.fromEntries(paths.map(([name, path]) => [name, { ...shared, path }])),
    Object.fromEntries(
      Object.entries(baselines).map(([name, baseline]) => [
        name,
        (call: ServerWritableStream<BaselineRequest, TableRow>) => void run(baseline, { model, findMany, call }, onEnd),
      ]),
    ),
  );
}

async function run(baseline: Baseline, context: BaselineContext, onEnd: (end: BaselineEnd) => void): Promise<void> {
  const { call } = context;
  const startedAt = performance.now();
  let rows = 0;
  const write = call.write.bind(call);
  call.write = (row: TableRow) => {
    rows += 1;
    return write(row);
  };
  const end = (ok: boolean) => onEnd({ ok, rows, durationMs: performance.now() - startedAt });
  try {
    await baseline(context);
    call.once('finish', () => end(true));
    call.end();
  } catch (error) {
    end(false);
    call.emit('error', { code: status.INTERNAL, details: messageOf(error) });
  }
}

/** What a hand-written handler uses: Prisma's `findMany`, and the codec of ts-proto. */
interface BaselineContext {
  readonly model: StreamModel;
  readonly findMany: FindMany;
  readonly call: ServerWritableStream<BaselineRequest, TableRow>;
}

/** A way to stream a table without this package. */
type Baseline = (context: BaselineContext) => Promise<void>;

/** Reads the whole table into memory, then writes every row into the stream's queue. */
const legacyHandler: Baseline = async ({ model, findMany, call }) => {
  const { limit } = call.request;
  const rows = await findMany({ orderBy: keyOrder(model), ...(Number.isFinite(limit) ? { take: limit } : {}) });
  for (const row of rows) call.write(row);
};

/** Reads page by page with `skip` and `take`: the database reads all rows before a page to find it. */
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

/** What a careful developer writes by hand: a keyset loop, one write for each row, and a wait for drain. */
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

/** Rows after a key of several columns: greater in one of them, and equal in those before it. */
function after(row: TableRow, [field, ...rest]: readonly string[]): object {
  if (field === undefined) return {};
  const greater = { [field]: { gt: row[field] } };
  return rest.length === 0 ? greater : { OR: [greater, { [field]: row[field], AND: [after(row, rest)] }] };
}

/** Aborted when the client leaves: no drain event comes after that. */
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

/** The handler of each way to read that a stream is compared with. */
const baselines: Readonly<Record<Exclude<BenchMethod, 'stream'>, Baseline>> = {
  plain: plainHandler,
  legacy: legacyHandler,
  offset: offsetHandler,
};
