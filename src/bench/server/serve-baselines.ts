import { type Server, type ServerWritableStream, status } from '@grpc/grpc-js';
import { messageOf } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import { findManyOf, type TableRow, toMessages } from '../database/find-many.js';
import { type BaselineRequest, decodeStreamRequest } from '../wire/requests.js';
import { baselineMethods } from '../wire/server-place.js';
import { type Baseline, type BaselineContext, baselines } from './baselines.js';

/** How one of them ended. */
export interface BaselineEnd {
  readonly ok: boolean;
  readonly rows: number;
  readonly durationMs: number;
}

export interface BaselineOptions {
  /** A Prisma client. */
  readonly prisma: object;
  readonly model: StreamModel;
  readonly encode: (message: unknown) => { finish(): Uint8Array };
  readonly onEnd: (end: BaselineEnd) => void;
}

/** Serves the model in the ways that are compared, beside the generated service. */
export function addBaselines(server: Server, { prisma, model, encode, onEnd }: BaselineOptions): void {
  const findMany = findManyOf(prisma, model);
  const toMessage = toMessages(model);
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
