import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTables } from '../../src/database/index.js';
import { readSchemaFiles } from '../../src/schema/index.js';

const root = join(import.meta.dirname, '../..');

/** One row, followed from its table to a client that knows nothing of this package but the `.proto` file. */
describe('one row, from the table to the client', () => {
  let folder: string;
  let server: ChildProcess;
  let log: AsyncIterator<string>;
  let address: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grpc-stream-story-'));
    process.env.DATABASE_URL = `file:${join(folder, 'story.db')}`;
    await writeTheRow();
    server = spawn(process.execPath, [join(root, 'dist/demo/generated/server.js')], {
      env: { ...process.env, GRPC_STREAM_PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (!server.stderr) throw new Error('the server has no stderr');
    log = createInterface({ input: server.stderr })[Symbol.asyncIterator]();
    address = (await logLine('listening')).address as string;
  });

  afterAll(async () => {
    if (server.exitCode === null) server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('arrives with every value as it was stored', async () => {
    const rows = await readAll('streamBooks', {});
    expect(rows).toEqual([expectedRow]);
  });

  it('arrives in a batch as well', async () => {
    const batches = await readAll('streamBookBatches', {});
    expect(batches).toEqual([{ books: [expectedRow] }]);
  });

  it('is not sent again to a client that has it', async () => {
    expect(await readAll('streamBooks', { after: { id: 1 } })).toEqual([]);
  });

  it('is told in the log, in the words that operators know', async () => {
    await readAll('streamBooks', {});
    const line = await logLine(/^Streaming metrics: 1 items, rate: \d+\.\d\d items\/s, avg latency: \d\.\d{4}s$/);
    expect(line).toMatchObject({
      name: 'grpc-stream.streaming',
      model: 'Book',
      end: 'done',
      status: 'OK',
      rows: 1,
      rowsRead: 1,
    });
  });

  it('leaves a server that ends with 0 when it is told to end', async () => {
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    expect(code).toBe(0);
  });

  async function logLine(message: string | RegExp): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await log.next();
      if (done) throw new Error(`the server ended before it logged ${message}`);
      const line: Record<string, unknown> = JSON.parse(value);
      if (String(line.msg).match(message)) return line;
    }
  }

  async function readAll(method: string, request: object): Promise<unknown[]> {
    const client = foreignClient(address);
    const rows: unknown[] = [];
    const open = Reflect.get(client, method).bind(client) as (request: object) => AsyncIterable<unknown>;
    for await (const row of open(request)) rows.push(row);
    client.close();
    return rows;
  }
});

const expectedRow = {
  id: 1,
  isbn: '978-0-14-143958-7',
  title: 'Prévoyance — 数',
  summary: '',
  pages: -7,
  rating: 0,
  status: 'BOOK_STATUS_PUBLISHED',
  publishedAt: { seconds: '-2', nanos: 1_000_000 },
  sold: '9223372036854775807',
};

async function writeTheRow(): Promise<void> {
  const { createAdapter, createPrisma } = await import(join(root, 'dist/demo/database.js'));
  await createTables({
    adapter: createAdapter(),
    schemaFiles: await readSchemaFiles(join(root, 'prisma/schema.prisma')),
  });
  const prisma = createPrisma();
  await prisma.book.create({
    data: {
      isbn: expectedRow.isbn,
      title: expectedRow.title,
      summary: '',
      pages: -7,
      rating: 0,
      status: 'PUBLISHED',
      publishedAt: new Date(-1999),
      sold: 2n ** 63n - 1n,
    },
  });
  await prisma.$disconnect();
}

function foreignClient(address: string): Client {
  const proto = loadSync('library/v1/book.proto', {
    includeDirs: [join(root, 'prisma/proto')],
    longs: String,
    enums: String,
    defaults: true,
  });
  const loaded = loadPackageDefinition(proto) as unknown as {
    library: { v1: { BookStreamService: new (address: string, credentials: unknown) => Client } };
  };
  return new loaded.library.v1.BookStreamService(address, credentials.createInsecure());
}
