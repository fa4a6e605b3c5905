import { describe, expect, test } from 'vitest';
import { modelsToSeed, seedModel } from '../../src/seed/index.js';
import { type ScratchDatabase, scratchDatabase } from './support/scratch-database.js';

describe('seeded relations', () => {
  test.each([
    'Task',
    'TaskTag',
    'Profile',
    'Project',
  ])('are valid for %s, with all that it points to', async (model) => {
    const database = await scratchDatabase('tenants');
    await seedModel({ ...database, model, rows: 3000 });
    expect(await database.select(`SELECT count(*) AS n FROM "${model}"`)).toEqual([{ n: 3000 }]);
    await expectSound(database);
  });

  test('agree on the columns that two of them share', async () => {
    const database = await scratchDatabase('tenants');
    await seedModel({ ...database, model: 'Task', rows: 3000 });
    const tenants = await database.select('SELECT count(DISTINCT tenantId) AS n FROM "Task"');
    expect(Number(tenants[0]?.n)).toBeGreaterThan(1);
    await expectSound(database);
  });

  test('give every row a parent of its own where the schema says one to one', async () => {
    const database = await scratchDatabase('tenants');
    const tables = await seedModel({ ...database, model: 'Profile', rows: 700 });
    expect(tables.find(({ model }) => model === 'User')?.rows).toBe(700);
  });

  test('make a tree: roots first, then rows that point to them', async () => {
    const database = await scratchDatabase('tenants');
    await seedModel({ ...database, model: 'Task', rows: 2000 });
    const [tree] = await database.select(
      'SELECT count(parentId) AS children, min(id - parentId) AS nearest FROM "Task"',
    );
    expect(tree).toMatchObject({ nearest: expect.toSatisfy((nearest) => Number(nearest) > 0) });
    expect(Number(tree?.children)).toBeGreaterThan(1500);
  });

  test('leave an optional relation null that would close a circle', async () => {
    const database = await scratchDatabase('circle');
    await seedModel({ ...database, model: 'Door', rows: 200 });
    expect(await database.select('SELECT count(doorId) AS n FROM "Room"')).toEqual([{ n: 0 }]);
    await expectSound(database);
  });

  test('are refused when required relations form a circle', async () => {
    const database = await scratchDatabase('circle');
    await expect(seedModel({ ...database, model: 'Egg', rows: 10 })).rejects.toMatchObject({
      name: 'SchemaError',
      message: 'model "Egg" cannot be seeded: required relations form a circle: Egg → Hen → Egg',
    });
    await expect(seedModel({ ...database, model: 'Snake', rows: 10 })).rejects.toMatchObject({
      name: 'SchemaError',
      message: 'model "Snake" cannot be seeded: its required relation "tail" points to itself',
    });
  });

  test('begin with the models that no other points to, or with those that are named, parents first', async () => {
    expect(modelsToSeed((await scratchDatabase('library')).schema)).toEqual(['Review']);
    expect(modelsToSeed((await scratchDatabase('tenants')).schema)).toEqual(['Profile', 'TaskTag']);
    expect(modelsToSeed((await scratchDatabase('library')).schema, ['Book', 'Author', 'Book'])).toEqual([
      'Author',
      'Book',
    ]);
  });
});

describe('seeded unique constraints', () => {
  test('count through the values of their columns, up to the last', async () => {
    const database = await scratchDatabase('narrow');
    await seedModel({ ...database, model: 'Shoe', rows: 4 });
    expect(await database.select('SELECT side, worn FROM "Shoe" ORDER BY side, worn')).toEqual([
      { side: 'LEFT', worn: 0 },
      { side: 'LEFT', worn: 1 },
      { side: 'RIGHT', worn: 0 },
      { side: 'RIGHT', worn: 1 },
    ]);
  });

  test('are refused where their columns have too few values', async () => {
    const database = await scratchDatabase('narrow');
    await expect(seedModel({ ...database, model: 'Shoe', rows: 5 })).rejects.toMatchObject({
      name: 'SchemaError',
      message: 'model "Shoe" cannot have 5 rows: its unique side, worn has 4 different values',
      nextActions: ['ask for at most 4 rows'],
    });
    expect(await database.select('SELECT count(*) AS n FROM "Shoe"')).toEqual([{ n: 0 }]);
  });

  test('create as many parents as they need', async () => {
    const database = await scratchDatabase('narrow');
    const tables = await seedModel({ ...database, model: 'Seat', rows: 101 });
    expect(tables.map(({ model, rows }) => [model, rows])).toEqual([
      ['Ticket', 51],
      ['Seat', 101],
    ]);
  });

  test('fill a table that has only a generated number', async () => {
    const database = await scratchDatabase('narrow');
    await seedModel({ ...database, model: 'Counter', rows: 250 });
    expect(await database.select('SELECT count(*) AS n, max(id) AS last FROM "Counter"')).toEqual([
      { n: 250, last: 250 },
    ]);
  });
});

async function expectSound(database: ScratchDatabase): Promise<void> {
  expect(await database.select('PRAGMA foreign_key_check')).toEqual([]);
}
