import { describe, expect, test } from 'vitest';
import { seedModel } from '../../src/seed/index.js';
import { type ScratchDatabase, scratchDatabase } from './support/scratch-database.js';

describe('seedModel', () => {
  test('makes the same rows for the same seed, and others for another', async () => {
    const [first, second, third] = await Promise.all([booksOfSeed(7), booksOfSeed(7), booksOfSeed(8)]);
    expect(second).toEqual(first);
    expect(third).not.toEqual(first);
  });

  test('writes values that a person can read', async () => {
    const [book] = await booksOfSeed(1);
    expect(book).toMatchObject({
      isbn: expect.stringMatching(/^978-\d{8}$/),
      book_title: expect.stringMatching(/^The [A-Z][a-z]+ [A-Z][a-z]+$/),
      genre: expect.stringMatching(/^(NOVEL|poetry|HISTORY)$/),
    });
  });

  test.each([60, 150, 2_000, 100_000])('fills free text up to rows of %i bytes', async (rowBytes) => {
    const database = await scratchDatabase('library');
    const tables = await seedModel({ ...database, model: 'Review', rows: 300, rowBytes });
    const [{ bytes } = { bytes: 0 }] = await database.select(
      'SELECT avg(4 + length(reader) + 4 + length(text)) AS bytes FROM "Review"',
    );
    expect(Math.abs(Number(bytes) / rowBytes - 1)).toBeLessThan(0.15);
    expect(tables.at(-1)?.rowBytes).toBeCloseTo(Number(bytes), 3);
  });

  test('returns the size of rows when no column can be filled', async () => {
    const database = await scratchDatabase('narrow');
    const [table] = await seedModel({ ...database, model: 'Counter', rows: 10, rowBytes: 150 });
    expect(table).toMatchObject({ model: 'Counter', rows: 10, rowBytes: 4 });
  });

  test('fills the tables that a model points to first, with a hundredth of the rows', async () => {
    const database = await scratchDatabase('library');
    const tables = await seedModel({ ...database, model: 'Book', rows: 1000 });
    expect(tables.map(({ model, rows }) => [model, rows])).toEqual([
      ['Author', 10],
      ['Book', 1000],
    ]);
    await expectSound(database);
    expect(await countOf(database, 'SELECT count(DISTINCT authorId) AS n FROM books')).toBe(10);
  });

  test('points to existing parents', async () => {
    const database = await scratchDatabase('library');
    await database.execute(`INSERT INTO "Author" (id, name, email) VALUES (42, 'Ada', 'ada@example.com')`);
    const tables = await seedModel({ ...database, model: 'Book', rows: 500 });
    expect(tables.map(({ model }) => model)).toEqual(['Book']);
    expect(await database.select('SELECT DISTINCT authorId FROM books')).toEqual([{ authorId: 42 }]);
  });

  test('refuses a table that is not empty, and does not change it', async () => {
    const database = await scratchDatabase('library');
    await seedModel({ ...database, model: 'Author', rows: 3 });
    await expect(seedModel({ ...database, model: 'Author', rows: 3 })).rejects.toMatchObject({
      name: 'UsageError',
      message: 'the table of model "Author" has 3 rows already',
      nextActions: ['add to them with --append, or empty the table first'],
    });
    expect(await countOf(database, 'SELECT count(*) AS n FROM "Author"')).toBe(3);
  });

  test('appends rows with new unique values, even after some rows were deleted', async () => {
    const database = await scratchDatabase('library');
    await seedModel({ ...database, model: 'Author', rows: 100 });
    await database.execute('DELETE FROM "Author" WHERE id <= 50');
    await seedModel({ ...database, model: 'Author', rows: 100, append: true });
    expect(await countOf(database, 'SELECT count(DISTINCT email) AS n FROM "Author"')).toBe(150);
  });

  test('says when existing rows have the same unique values', async () => {
    const database = await scratchDatabase('library');
    await seedModel({ ...database, model: 'Author', rows: 10 });
    await database.execute('DELETE FROM "Author" WHERE id <= 5');
    await database.execute('UPDATE "Author" SET id = id - 5');
    await expect(seedModel({ ...database, model: 'Author', rows: 10, append: true })).rejects.toMatchObject({
      name: 'EnvironmentError',
      nextActions: ['empty the table, then seed it without --append'],
    });
  });

  test('leaves whole batches when it is interrupted', async () => {
    const database = await scratchDatabase('library');
    const interrupt = new AbortController();
    const written: number[] = [];
    const seeding = seedModel({
      ...database,
      model: 'Author',
      rows: 100_000,
      signal: interrupt.signal,
      onProgress: ({ rows }) => {
        written.push(rows);
        if (written.length === 2) interrupt.abort();
      },
    });
    await expect(seeding).rejects.toMatchObject({ name: 'AbortError' });
    expect(await countOf(database, 'SELECT count(*) AS n FROM "Author"')).toBe(written.at(-1));
  });

  test('writes nothing of a batch that the database refuses', async () => {
    const database = await scratchDatabase('library');
    await database.execute(
      `CREATE TRIGGER full BEFORE INSERT ON "Author" WHEN (SELECT count(*) FROM "Author") = 150
       BEGIN SELECT raise(ABORT, 'the shelf is full'); END`,
    );
    await expect(seedModel({ ...database, model: 'Author', rows: 1000 })).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: 'table "Author" cannot be filled: the shelf is full',
      nextActions: [],
    });
    expect(await countOf(database, 'SELECT count(*) AS n FROM "Author"')).toBe(0);
  });

  test('lists the models when it is asked for an unknown one', async () => {
    const database = await scratchDatabase('library');
    await expect(seedModel({ ...database, model: 'Boook', rows: 1 })).rejects.toMatchObject({
      name: 'UsageError',
      nextActions: ['choose one of: Author, Book, Review'],
    });
  });
});

async function booksOfSeed(seed: number): Promise<Record<string, unknown>[]> {
  const database = await scratchDatabase('library');
  await seedModel({ ...database, model: 'Book', rows: 500, rowBytes: 200, seed });
  return database.select('SELECT * FROM books ORDER BY id');
}

async function expectSound(database: ScratchDatabase): Promise<void> {
  expect(await database.select('PRAGMA foreign_key_check')).toEqual([]);
}

async function countOf(database: ScratchDatabase, sql: string): Promise<number> {
  const [row] = await database.select(sql);
  return Number(row?.n);
}
