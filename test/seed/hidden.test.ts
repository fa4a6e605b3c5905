import { describe, expect, test } from 'vitest';
import { modelsToSeed, seedModel } from '../../src/seed/index.js';
import { scratchDatabase } from './support/scratch-database.js';

describe('seeding what is hidden from streams', () => {
  test('fills an omitted column, and a parent that is omitted as a whole', async () => {
    const database = await scratchDatabase('hidden');
    await seedModel({ ...database, model: 'Note', rows: 500 });
    const counts =
      'SELECT count(DISTINCT pin) AS pins, count(s.id) AS parents FROM "Note" JOIN "Secret" s ON s.id = secretId';
    expect(await database.select(counts)).toEqual([{ pins: 500, parents: 500 }]);
  });

  test('does not choose an omitted model or a view by itself', async () => {
    const { schema } = await scratchDatabase('hidden');
    expect(modelsToSeed(schema)).toEqual(['Note']);
    expect(modelsToSeed(schema, ['Secret'])).toEqual(['Secret']);
  });

  test('refuses a view', async () => {
    const { schema } = await scratchDatabase('hidden');
    expect(() => modelsToSeed(schema, ['NoteCount'])).toThrow(
      '"NoteCount" is a view: seed the tables that it reads from',
    );
  });
});
