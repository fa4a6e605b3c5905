import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BookClient, bookClient } from '../support/book-client.js';
import { type RunningDatabase, type StoryDatabase, storyDatabases } from '../support/databases.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';

const ROWS = 20_000;

/** The books with a rare title, which no index finds, and how far they are from one another. */
const RARE = [5000, 10_000, 15_000];
const DISTANCE = 5000;

/** Filters that no index serves, on real databases: looked at within a bound, or refused. */
for (const database of storyDatabases) {
  if (database.missing) process.stderr.write(`Skipped on ${database.name}: ${database.missing}\n`);
  describe.skipIf(database.missing)(`a filter that no index of ${database.name} serves`, () => tell(database));
}

function tell(database: StoryDatabase): void {
  let running: RunningDatabase;
  let project: Awaited<ReturnType<typeof generatedProject>>;
  const servers: ServedProject[] = [];
  const clients: BookClient[] = [];
  let roomy: BookClient;
  let narrow: BookClient;
  let refusing: BookClient;

  beforeAll(async () => {
    project = await generatedProject(database.provider);
    running = await database.start(project.folder);
    await running.createTables(project.folder);
    await writeRows(project.folder, running);
    const serve = async (env: Record<string, string>) => {
      const server = await serveProject(project.folder, running, { env });
      servers.push(server);
      const client = bookClient(project.folder, server.address);
      clients.push(client);
      return client;
    };
    roomy = await serve({ GRPC_STREAM_MAX_SCAN: `${DISTANCE + 1}` });
    narrow = await serve({ GRPC_STREAM_MAX_SCAN: `${DISTANCE - 1}` });
    refusing = await serve({ GRPC_STREAM_UNINDEXED_FILTERS: 'refuse' });
  }, 300_000);

  afterAll(async () => {
    for (const client of clients) client.close();
    for (const server of servers) await server.kill();
    await running?.stop();
    await project?.remove();
  });

  const rare = { title: { equals: 'Rare' } };

  it.each<[string, object, number[]]>([
    ['by the key', {}, RARE],
    ['in chunks of two rows', { chunkSize: 2 }, RARE],
    ['backwards', { order: 'BOOK_SORT_ORDER_ID_DESC' }, RARE.toReversed()],
    ['in the order of another index', { order: 'BOOK_SORT_ORDER_ISBN_DESC' }, RARE.toReversed()],
    ['in an order in which all rows are equal', { order: 'BOOK_SORT_ORDER_AUTHOR_ID_ASC' }, RARE],
    ['in a snapshot', { consistency: 'CONSISTENCY_SNAPSHOT' }, RARE],
    ['behind a place', { after: { id: 7000 } }, RARE.slice(1)],
    ['up to a limit', { limit: 2 }, RARE.slice(0, 2)],
    ['in a part of the table', { partition: { after: { id: 9000 }, upTo: { id: 12_000 } } }, [10_000]],
  ])('finds every row that is not too far from the one before, %s', async (_how, request, ids) => {
    const read = await roomy.read({ filter: rare, ...request });
    expect([read.status.details, read.ids]).toEqual(['OK', ids]);
  });

  it('finds nearly all rows, where nearly all meet it', async () => {
    const { ids } = await narrow.read({ filter: { not: rare } });
    expect(ids).toHaveLength(ROWS - RARE.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('ends when it has looked at as many rows as it may without finding one', async () => {
    const none = await narrow.read({ filter: rare });
    expect(none).toMatchObject({
      ids: [],
      status: { code: 8, details: expect.stringContaining(`none of ${DISTANCE - 1} rows of Book meets the filter`) },
    });
    const one = await narrow.read({ filter: rare, after: { id: 2 } });
    expect(one).toMatchObject({ ids: [RARE[0]], status: { code: 8 } });
    const many = await roomy.read({ filter: { title: { contains: 'no such title' } } });
    expect(many).toMatchObject({ ids: [], status: { code: 8 } });
  });

  it('is looked at only within the rows that an index finds', async () => {
    const filter = { pages: { gte: 0 }, authorId: { equals: 2 }, title: { equals: 'Rare' } };
    expect(await narrow.read({ filter })).toMatchObject({ ids: [], status: { code: 0 } });
    const first = { id: { lte: RARE[0] }, title: { equals: 'Rare' } };
    expect(await roomy.read({ filter: first })).toMatchObject({ ids: [RARE[0]], status: { code: 0 } });
  });

  it('is refused by a server that refuses it, by the name of the field', async () => {
    expect(await refusing.read({ filter: rare })).toMatchObject({
      ids: [],
      status: { code: 3, details: expect.stringMatching(/^filter\.title is served by no index/) },
    });
    const filter = { isbn: { equals: isbnOf(7) }, authorId: { in: [1, 2] } };
    expect(await refusing.read({ filter })).toMatchObject({ ids: [7], status: { code: 0 } });
  });
}

async function writeRows(folder: string, { url }: RunningDatabase): Promise<void> {
  process.env.DATABASE_URL = url;
  const { createPrisma } = await import(join(folder, 'src/grpc/database.ts'));
  const prisma = createPrisma();
  for (const name of ['mary', 'jane']) await prisma.author.create({ data: { email: `${name}@example.org`, name } });
  const books = Array.from({ length: ROWS }, (_, index) => ({
    isbn: isbnOf(index + 1),
    title: RARE.includes(index + 1) ? 'Rare' : `Book ${index + 1}`,
    pages: index,
    publishedAt: new Date(index),
    authorId: 1,
  }));
  for (let start = 0; start < ROWS; start += 2000)
    await prisma.book.createMany({ data: books.slice(start, start + 2000) });
  await prisma.$disconnect();
}

function isbnOf(id: number): string {
  return `100-${String(id).padStart(6, '0')}`;
}
