import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaFixture } from '../schema/fixtures.js';
import { countedQueries } from './support/counted-queries.js';
import { openValueStream, TS_PROTO_ROADS, type ValueStream } from './support/value-stream.js';

const schema = readFileSync(schemaFixture('includes').schema, 'utf8').replace('"postgresql"', '"sqlite"');
const generator = 'generator client {\n  provider = "prisma-client"\n  output   = "./client"\n}\n';

const queries: string[] = [];
let stream: ValueStream;

beforeAll(async () => {
  stream = await openValueStream(generator + schema, (folder) => {
    return countedQueries(new PrismaBetterSqlite3({ url: `file:${join(folder, 'includes.db')}` }), queries);
  });
  await stream.execute(
    `INSERT INTO "Author" VALUES (1, 'Austen', 'jane@example.com'), (2, 'Brontë', 'emily@example.com')`,
  );
  await stream.execute(`INSERT INTO "Award" VALUES (1, 1813), (1, 1811)`);
  await stream.execute(`INSERT INTO "Publisher" VALUES (1, 'Egerton')`);
  await stream.execute(
    `INSERT INTO "Book" VALUES (1, 'Emma', 1, NULL), (2, 'Persuasion', 1, 1), (3, 'Wuthering Heights', 2, NULL)`,
  );
  await stream.execute(`INSERT INTO "Review" VALUES (9, 1, 5), (2, 1, 3), (5, 3, 0)`);
});
afterAll(() => stream?.close());

const austen = {
  id: 1,
  name: 'Austen',
  awards: [
    { authorId: 1, year: 1811 },
    { authorId: 1, year: 1813 },
  ],
};
const books = [
  {
    ...{ id: 1, title: 'Emma', authorId: 1, publisherId: null, author: austen, publisher: null },
    reviews: [
      { id: 2, bookId: 1, stars: 3 },
      { id: 9, bookId: 1, stars: 5 },
    ],
  },
  {
    ...{ id: 2, title: 'Persuasion', authorId: 1, publisherId: 1, author: austen },
    publisher: { id: 1, name: 'Egerton' },
    reviews: [],
  },
  {
    ...{ id: 3, title: 'Wuthering Heights', authorId: 2, publisherId: null, publisher: null },
    author: { id: 2, name: 'Brontë', awards: [] },
    reviews: [{ id: 5, bookId: 3, stars: 0 }],
  },
];

describe('rows that include those of other models', () => {
  it('arrive with them, ordered by their keys and without omitted fields', async () => {
    for (const road of TS_PROTO_ROADS) expect(await stream.receive('Book', road)).toEqual(books);
  });

  it('are read with one query per relation and chunk', async () => {
    queries.length = 0;
    await stream.receive('Book', 'read by Prisma, received by ts-proto', { chunkSize: 1000 });
    const tables = queries.map((sql) => /FROM `?"?(?:main`\.`)?(\w+)/.exec(sql)?.[1]);
    expect(tables.sort()).toEqual(['Author', 'Award', 'Book', 'Publisher', 'Review']);
  });

  it('arrive without the fields that a read mask leaves out', async () => {
    const [first] = await stream.receive('Book', 'read by SQL, received by ts-proto', {
      readMask: ['publisher', 'title'],
    });
    expect(first).toMatchObject({ id: 1, title: 'Emma', publisher: null, author: null, reviews: [] });
    const [, second] = await stream.receive('Book', 'read by SQL, received by ts-proto', { readMask: ['publisher'] });
    expect(second).toMatchObject({ publisher: { id: 1, name: 'Egerton' }, title: '' });
  });
});
