import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BookClient, type BookMethod, bookClient } from '../support/book-client.js';
import { type RunningDatabase, type StoryDatabase, storyDatabases } from '../support/databases.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';

/** Rows beside the one that is followed; more than a few chunks of them. */
const OTHERS = 5000;

/**
 * One row, followed from its table to a client that knows nothing of this package but the `.proto` file: through a project as `init`
 * makes it, its generated code, its server in a process of its own and a real database.
 */
for (const database of storyDatabases) {
  if (database.missing) process.stderr.write(`Skipped on ${database.name}: ${database.missing}\n`);
  describe.skipIf(database.missing)(`one row, from a table of ${database.name} to the client`, () => tell(database));
}

function tell(database: StoryDatabase): void {
  let running: RunningDatabase;
  let project: Awaited<ReturnType<typeof generatedProject>>;
  let server: ServedProject;
  let client: BookClient;

  beforeAll(async () => {
    project = await generatedProject(database.provider);
    running = await database.start(project.folder);
    await running.createTables(project.folder);
    await writeRows(project.folder, running);
    server = await serveProject(project.folder, running);
    client = bookClient(project.folder, server.address);
  }, 300_000);

  afterAll(async () => {
    client?.close();
    await server?.kill();
    await running?.stop();
    await project?.remove();
  });

  it('arrives with every value as it was stored', async () => {
    expect(await readAll('streamBooks', { limit: 1 })).toEqual([expectedRow]);
  });

  it('arrives in a batch as well', async () => {
    expect(await readAll('streamBookBatches', { limit: 1 })).toEqual([{ books: [expectedRow] }]);
  });

  it('is not sent again to a client that has it', async () => {
    const ids = await idsOf({ after: { id: 1 } });
    expect(ids).toEqual(numbers(2, OTHERS + 1));
  });

  it('is found by a filter of each of its values', async () => {
    const filter = {
      isbn: { equals: expectedRow.isbn },
      title: { startsWith: 'Prévoyance' },
      summary: { isNull: true },
      pages: { lt: 0 },
      rating: { equals: 0 },
      sold: { gt: '9223372036854775806' },
      status: { in: ['BOOK_STATUS_PUBLISHED'] },
      publishedAt: { lte: expectedRow.publishedAt },
    };
    expect(await idsOf({ filter })).toEqual([1]);
    expect(await idsOf({ filter: { not: filter } })).toEqual(numbers(2, OTHERS + 1));
  });

  it('comes in its place in the requested order, and so do the rows after it', async () => {
    const byIsbn = await idsOf({ order: 'BOOK_SORT_ORDER_ISBN_DESC' });
    expect(byIsbn).toEqual([1, ...numbers(2, OTHERS + 1).reverse()]);
    const after = { id: 1, isbn: expectedRow.isbn };
    expect(await idsOf({ order: 'BOOK_SORT_ORDER_ISBN_DESC', after })).toEqual(byIsbn.slice(1));
    expect(await idsOf({ order: 'BOOK_SORT_ORDER_ID_DESC' })).toEqual(numbers(1, OTHERS + 1).reverse());
  });

  it('is in exactly one partition of the table', async () => {
    const { partitions } = await client.partition(4);
    expect(partitions).toHaveLength(4);
    const parts = await Promise.all(partitions.map((part) => idsOf({ partition: part })));
    expect(parts.flat()).toEqual(numbers(1, OTHERS + 1));
  });

  it('arrives in a snapshot of the table', async () => {
    expect(await idsOf({ consistency: 'CONSISTENCY_SNAPSHOT' })).toEqual(numbers(1, OTHERS + 1));
  });

  it('is logged in the known line', async () => {
    await readAll('streamBooks', { limit: 1, readMask: { paths: ['title'] } });
    const line = await server.logLine(
      /^Streaming metrics: 1 items, rate: \d+\.\d\d items\/s, avg latency: \d\.\d{4,}s$/,
    );
    expect(line).toMatchObject({ name: 'grpc-stream.streaming', model: 'Book', end: 'done', status: 'OK', rows: 1 });
  });

  it('is the last row that is read for a client that leaves after it', async () => {
    const stream = client.open('streamBooks', { chunkSize: 1, checkInterval: 1 });
    for await (const row of stream) {
      expect(row).toEqual(expectedRow);
      break;
    }
    stream.cancel();
    for (;;) {
      const line = await server.logLine(/^Streaming metrics/);
      if (line.end !== 'cancelled') continue;
      expect(line.rowsRead).toBeLessThan(OTHERS);
      return;
    }
  });

  it('comes from a server that ends with 0 after SIGTERM', async () => {
    expect(await server.terminate()).toBe(0);
  });

  async function readAll(method: BookMethod, request: object): Promise<unknown[]> {
    const rows: unknown[] = [];
    for await (const row of client.open(method, request)) rows.push(row);
    return rows;
  }

  /** One row a chunk would be exact, and slow: these chunks end in the midst of the table all the same. */
  async function idsOf(request: object): Promise<number[]> {
    const rows = await readAll('streamBooks', { chunkSize: 700, ...request });
    return rows.map((row) => (row as { readonly id: number }).id);
  }
}

const expectedRow = {
  id: 1,
  isbn: '978-0-14-143958-7',
  title: 'Prévoyance — 数',
  pages: -7,
  rating: 0,
  sold: '9223372036854775807',
  status: 'BOOK_STATUS_PUBLISHED',
  publishedAt: { seconds: '-2', nanos: 1_000_000 },
  authorId: 1,
};

async function writeRows(folder: string, { url }: RunningDatabase): Promise<void> {
  process.env.DATABASE_URL = url;
  const { createPrisma } = await import(join(folder, 'src/grpc/database.ts'));
  const prisma = createPrisma();
  await prisma.author.create({ data: { email: 'mary@example.org', name: 'Mary' } });
  await prisma.book.create({
    data: {
      isbn: expectedRow.isbn,
      title: expectedRow.title,
      summary: null,
      pages: -7,
      rating: 0,
      status: 'PUBLISHED',
      publishedAt: new Date(-1999),
      sold: 2n ** 63n - 1n,
      authorId: 1,
    },
  });
  const others = numbers(2, OTHERS + 1).map((id) => ({
    isbn: `100-${String(id).padStart(6, '0')}`,
    title: `Book ${id}`,
    summary: 'Words',
    pages: id,
    publishedAt: new Date(id),
    authorId: 1,
  }));
  await prisma.book.createMany({ data: others });
  await prisma.$disconnect();
}

/** The integers from one to another. */
function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
