import { describe, expect, test } from 'vitest';
import { assertCanSeed, createTables, modelsToSeed, seedModel } from '../../src/seed/index.js';
import { emptyDatabase, scratchDatabase } from './support/scratch-database.js';

describe('what may be null, and what nobody can write', () => {
  test('a column that cannot be null gets a parent, though the relation is optional', async () => {
    const database = await scratchDatabase('null-rules');
    await seedModel({ ...database, model: 'Book', rows: 300 });
    const counts =
      'SELECT count(*) AS books, count(a.id) AS parents FROM "Book" b LEFT JOIN "Author" a ON a.id = b.authorId';
    expect(await database.select(counts)).toEqual([{ books: 300, parents: 300 }]);
  });

  test('the table of an ignored model is not made', async () => {
    const database = await emptyDatabase('null-rules');
    expect([...(await createTables(database))].sort()).toEqual(['Author', 'Book', 'Place', 'Ticket', 'Visit']);
  });

  test.each([
    ['Place', 'shape'],
    ['Ticket', 'code'],
  ])('%s is refused before anything is made, because of its column %s', async (model, column) => {
    const { schema } = await emptyDatabase('null-rules');
    expect(() => modelsToSeed(schema, [model])).toThrow(
      `model "${model}" cannot be seeded: nothing can be written into its required column "${column}"`,
    );
  });

  test('an optional relation to a table that nobody can write into stays null', async () => {
    const database = await scratchDatabase('null-rules');
    await assertCanSeed(database, ['Visit']);
    await seedModel({ ...database, model: 'Visit', rows: 50 });
    expect(await database.select('SELECT count(*) AS visits, count(placeId) AS places FROM "Visit"')).toEqual([
      { visits: 50, places: 0 },
    ]);
  });

  test('a table that has rows is found before the first row is written into another', async () => {
    const database = await scratchDatabase('null-rules');
    await database.execute('INSERT INTO "Visit" DEFAULT VALUES');
    await expect(assertCanSeed(database, ['Book', 'Visit'])).rejects.toThrow(
      'the table of model "Visit" has 1 rows already',
    );
    await assertCanSeed({ ...database, append: true }, ['Book', 'Visit']);
  });
});
