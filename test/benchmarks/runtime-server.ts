/** The server's process of the runtime benchmark: the same table, served in every way that is compared. */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import Database from 'better-sqlite3';
import client from 'prom-client';

/** Rows a database round trip, in every way that reads by chunk. */
const CHUNK_ROWS = 1000;

/** As much as the runtime lets wait for the socket. */
const QUEUE_BYTES = 1024 * 1024;

interface Book {
  id: number;
  status: string;
}

const demo = new URL('../../dist/demo/', import.meta.url);
const { createAdapter, createPrisma } = await import(new URL('database.js', demo).href);
const { createServices } = await import(new URL('generated/services.js', demo).href);
const { bookModel } = await import(new URL('generated/book.stream.js', demo).href);
const { Book: codec } = await import(new URL('generated/library/v1/book.js', demo).href);
const { defaultStreamingSettings, prometheusMetrics } = await import(new URL('../src/runtime/index.js', demo).href);
const { createLogger } = await import(new URL('../src/runtime/index.js', demo).href);
const { startServer } = await import(new URL('../src/server/index.js', demo).href);
const { frameRows } = await import(new URL('../src/runtime/encode/frame-messages.js', demo).href);
const { arrayRows } = await import(new URL('../src/runtime/database/array-rows.js', demo).href);
const { MessageSink } = await import(new URL('../src/runtime/write/message-sink.js', demo).href);
const prisma = createPrisma();

const grpc = new Server();
for (const [name, options] of Object.entries({
  sql: { adapter: createAdapter() },
  scoped: { adapter: createAdapter(), hooks: { book: { scope: () => ({ pages: { gte: 0 } }) } } },
  mapped: {
    adapter: createAdapter(),
    hooks: { book: { mapRow: (row: Record<string, unknown>) => ({ ...row, summary: 'hidden' }) } },
  },
  findMany: {},
  prometheus: { adapter: createAdapter(), metrics: prometheusMetrics({ client }) },
  noMetrics: {
    adapter: createAdapter(),
    settingsFor: () => ({ ...defaultStreamingSettings, enableMetrics: false }),
  },
})) {
  const [service] = createServices({ prisma, ...options });
  grpc.addService(renamed(service.definition, name), service.implementation);
}
grpc.addService(
  {
    plain: methodAt('/compare/plain'),
    legacy: methodAt('/compare/legacy'),
    write: methodAt('/parts/write'),
  },
  { plain, legacy, write },
);

const grpcPort = await new Promise<number>((resolve, reject) => {
  grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error ? reject(error) : resolve(port),
  );
});
const logger = createLogger({ destination: { write: () => {} } });
const [guardedService] = createServices({ prisma, adapter: createAdapter() });
const guarded = await startServer({
  port: 0,
  services: [{ ...guardedService, definition: renamed(guardedService.definition, 'guarded') }],
  authenticate: () => ({ id: 'bench' }),
  logger,
  accessLogger: logger,
});
const floor = createServer().on('stream', (stream) => void floorStream(stream));
await new Promise<void>((resolve) => floor.listen(0, '127.0.0.1', resolve));
process.on('message', () => process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
process.on('disconnect', () => process.exit());
process.send?.({ grpcPort, guardedPort: guarded.port, floorPort: (floor.address() as AddressInfo).port });

/** What a careful developer writes by hand: a keyset loop over the same query, `call.write`, and a wait for drain. */
async function plain(call: ServerWritableStream<unknown, Book>): Promise<void> {
  let after: number | undefined;
  for (;;) {
    const where = after === undefined ? {} : { where: { id: { gt: after } } };
    const rows: Book[] = await prisma.book.findMany({ ...where, orderBy: { id: 'asc' }, take: CHUNK_ROWS });
    for (const row of rows) {
      if (!call.write(message(row))) await new Promise((resolve) => call.once('drain', resolve));
    }
    if (rows.length < CHUNK_ROWS) break;
    after = rows.at(-1)?.id;
  }
  call.end();
}

/** The way before streaming: everything in memory. */
async function legacy(call: ServerWritableStream<unknown, Book>): Promise<void> {
  const rows: Book[] = await prisma.book.findMany({ orderBy: { id: 'asc' } });
  for (const row of rows) {
    if (!call.write(message(row))) await new Promise((resolve) => call.once('drain', resolve));
  }
  call.end();
}

let encoded: Buffer[] | undefined;

/** Nothing but the writing: every row's bytes are there beforehand, made by the first call, which warms up. */
async function write(call: ServerWritableStream<unknown, unknown>): Promise<void> {
  encoded ??= encodeAll();
  const sink = new MessageSink(call, {
    maxQueuedBytes: defaultStreamingSettings.maxQueuedBytes,
    compression: false,
    onTaken: () => {},
    timeWrite: (work: () => void) => work(),
  });
  const { signal } = new AbortController();
  for (const block of encoded) {
    sink.write(block);
    if (sink.full) await sink.drained(signal);
  }
  await sink.flushed(signal);
  call.end();
}

function encodeAll(): Buffer[] {
  const framer = frameRows(defaultStreamingSettings.maxMessageBytes);
  const blocks: Buffer[] = [];
  const rows = arrayRows(bookModel.fields)(openStatement('').all());
  for (let index = 0; index < rows.length; index++) {
    framer.add(rows, index);
    // A copy: a block that the socket has taken is used again.
    if (framer.full) blocks.push(Buffer.from(framer.take()));
  }
  return [...blocks, framer.take()];
}

function openStatement(where: string): Database.Statement<unknown[], unknown[]> {
  const database = new Database((process.env.DATABASE_URL ?? '').replace(/^file:/, ''), { readonly: true });
  const columns = bookModel.fields.map(({ name }: { name: string }) => `"${name}"`).join(', ');
  return database.prepare<unknown[], unknown[]>(`SELECT ${columns} FROM "Book" ${where}`).raw();
}

function message(row: Book): Book {
  row.status = `BOOK_STATUS_${row.status}`;
  return row;
}

/** What is left when neither an ORM nor a gRPC library is there: raw arrays, hand-driven encoding, blocks to the socket. */
async function floorStream(stream: ServerHttp2Stream): Promise<void> {
  const statement = openStatement(`WHERE "id" > ? ORDER BY "id" LIMIT ${CHUNK_ROWS}`);
  const framer = frameRows(defaultStreamingSettings.maxMessageBytes);
  const rowsOf = arrayRows(bookModel.fields);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  for (let after = 0; ; ) {
    const rows = statement.all(after);
    const chunk = rowsOf(rows);
    for (let index = 0; index < chunk.length; index++) {
      framer.add(chunk, index);
      if (framer.full) stream.write(framer.take());
    }
    if (rows.length < CHUNK_ROWS) break;
    if (stream.writableLength > QUEUE_BYTES) await new Promise((resolve) => stream.once('drain', resolve));
    after = Number(rows.at(-1)?.[0]);
  }
  stream.end(framer.take());
}

function renamed(definition: Record<string, { path: string }>, name: string) {
  const methods = Object.entries(definition).map(([property, method]) => [
    property,
    { ...method, path: `/${name}${method.path}` },
  ]);
  return Object.fromEntries(methods);
}

function methodAt(path: string) {
  const identity = (bytes: Buffer) => bytes;
  return {
    path,
    requestStream: false as const,
    responseStream: true as const,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: (value: Book) => Buffer.from(codec.encode(value).finish()),
    responseDeserialize: identity,
  };
}
