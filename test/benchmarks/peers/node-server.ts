/**
 * One of the servers that are compared, in a process of its own: `node-server.ts <project> <way> <chunk>`. All serve the project's table of
 * books under the same names.
 */
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { createServer } from 'nice-grpc';
import pg from 'pg';
import Cursor from 'pg-cursor';

const [project = '', way = '', chunkText = ''] = process.argv.slice(2);
const chunk = Number(chunkText);

interface Book {
  readonly id: number;
  status: string;
  readonly publishedAt: Date;
}

type BookStream = ServerWritableStream<unknown, object>;

const { createAdapter, createPrisma } = await import(join(project, 'dist/src/grpc/database.js'));
const { createServices } = await import(join(project, 'dist/src/grpc/generated/services.js'));
const { Book: codec } = await import(join(project, 'dist/src/grpc/generated/library/v1/book.js'));
const { defaultStreamingSettings } = await import('../../../dist/src/runtime/index.js');
const { startServer } = await import('../../../dist/src/server/index.js');

const NAMES = { service: 'library.v1.BookStreamService', method: 'StreamBooks' };

const ways: Readonly<Record<string, () => Promise<number>>> = {
  plain: async () => grpcServer(plain),
  'in-memory': async () => grpcServer(inMemory),
  'pg-cursor': async () => grpcServer(cursor),
  'nice-grpc': niceServer,
  'grpc-stream': generated,
};

const start = ways[way];
if (!start) throw new Error(`there is no server ${way}: ${Object.keys(ways).join(', ')}`);
process.stdout.write(`${JSON.stringify({ port: await start() })}\n`);

/** What `generate` writes, as `startServer` serves it. */
async function generated(): Promise<number> {
  const settings = {
    ...defaultStreamingSettings,
    chunkSize: chunk,
    cancellationCheckInterval: Math.max(100, chunk / 5),
  };
  const services = createServices({ prisma: createPrisma(), adapter: createAdapter(), settingsFor: () => settings });
  const { port } = await startServer({ port: 0, services });
  return port;
}

/** What a careful developer writes by hand: a query for each chunk behind the last row of the one before, and a wait for the client. */
async function plain(call: BookStream): Promise<void> {
  for await (const rows of chunksOfBooks()) {
    for (const row of rows) {
      if (!call.write(messageOf(row))) await new Promise((resolve) => call.once('drain', resolve));
    }
  }
  call.end();
}

/** The way before streaming. */
async function inMemory(call: BookStream): Promise<void> {
  const rows: Book[] = await prisma().book.findMany({ orderBy: { id: 'asc' } });
  for (const row of rows) {
    if (!call.write(messageOf(row))) await new Promise((resolve) => call.once('drain', resolve));
  }
  call.end();
}

/** PostgreSQL's own cursor, past Prisma. */
async function cursor(call: BookStream): Promise<void> {
  const client = new pg.Client(process.env.DATABASE_URL);
  await client.connect();
  const reading = client.query(new Cursor<Book & { sold: string }>('SELECT * FROM "Book" ORDER BY "id"'));
  for (let rows = await reading.read(chunk); rows.length > 0; rows = await reading.read(chunk)) {
    for (const row of rows) {
      if (!call.write(messageOf({ ...row, sold: BigInt(row.sold) })))
        await new Promise((resolve) => call.once('drain', resolve));
    }
  }
  await client.end();
  call.end();
}

let client: { readonly book: { findMany(query: object): Promise<Book[]> } } | undefined;

function prisma(): NonNullable<typeof client> {
  client ??= createPrisma() as NonNullable<typeof client>;
  return client;
}

async function* chunksOfBooks(): AsyncGenerator<Book[]> {
  let after: number | undefined;
  for (;;) {
    const where = after === undefined ? {} : { where: { id: { gt: after } } };
    const rows = await prisma().book.findMany({ ...where, orderBy: { id: 'asc' }, take: chunk });
    yield rows;
    if (rows.length < chunk) return;
    after = rows.at(-1)?.id;
  }
}

/** The generated codec takes Prisma's rows, but for the enum's name. */
function messageOf<Row extends Book>(row: Row): Row {
  row.status = `BOOK_STATUS_${row.status}`;
  return row;
}

function definition(): ServiceDefinition {
  return {
    [NAMES.method]: {
      path: `/${NAMES.service}/${NAMES.method}`,
      requestStream: false,
      responseStream: true,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (message: object) => Buffer.from(codec.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
}

async function grpcServer(handler: (call: BookStream) => Promise<void>): Promise<number> {
  const server = new Server();
  const handle: UntypedHandleCall = (call: BookStream) => void handler(call).catch((error) => call.destroy(error));
  server.addService(definition(), { [NAMES.method]: handle });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

async function niceServer(): Promise<number> {
  const server = createServer();
  server.add(definition(), {
    async *[NAMES.method]() {
      for await (const rows of chunksOfBooks()) for (const row of rows) yield messageOf(row);
    },
  });
  return server.listen('127.0.0.1:0');
}
