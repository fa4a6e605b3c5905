import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ExactProject, openExactProject } from './support/exact-project.js';

const SCHEMA = `
datasource db {
  provider = "sqlite"
}
generator client {
  provider = "prisma-client"
  output   = "./client"
}
model Log {
  id  Int      @id
  at  DateTime @default(now())
  msg String
  @@index([at])
}
model Keyed {
  id Int
  at DateTime @id
}
`;

/** The forms in which other programs store a date. */
const FORMS = {
  prisma7: (date: Date) => date.toISOString().replace('Z', '+00:00'),
  prisma6: (date: Date) => date.getTime(),
  toIsoString: (date: Date) => date.toISOString(),
  currentTimestamp: (date: Date) => date.toISOString().slice(0, 19).replace('T', ' '),
};

describe('dates that other programs stored in SQLite', () => {
  let project: ExactProject;
  let file: string;
  let db: Database.Database;

  beforeAll(async () => {
    project = await openExactProject(SCHEMA, (folder) => {
      file = join(folder, 'log.db');
      return new PrismaBetterSqlite3({ url: `file:${file}` });
    });
    db = new Database(file);
  });
  beforeEach(() => db.exec('DELETE FROM Log; DELETE FROM Keyed'));
  afterAll(async () => {
    db.close();
    await project.close();
  });

  function fill(count: number, formOf: (index: number) => (date: Date) => string | number, table = 'Log'): void {
    const insert = db.prepare(
      table === 'Log' ? "INSERT INTO Log (id, at, msg) VALUES (?, ?, 'x')" : 'INSERT INTO Keyed (id, at) VALUES (?, ?)',
    );
    for (let id = 0; id < count; id++) insert.run(id, formOf(id)(new Date(Date.UTC(2024, 0, 1, 0, 0, 5 * id, 0))));
  }

  const oracle = (sql: string, ...values: unknown[]) =>
    db
      .prepare(sql)
      .pluck()
      .all(...values) as number[];

  it('come each once in the order of the database, whatever forms are mixed', async () => {
    fill(20, (id) => (id % 5 === 0 ? FORMS.currentTimestamp : FORMS.prisma7));
    for (const [order, sql] of [
      ['AT_ASC', 'SELECT id FROM Log ORDER BY at, id'],
      ['AT_DESC', 'SELECT id FROM Log ORDER BY at DESC, id DESC'],
    ] as const) {
      for (const chunkSize of [1, 3, 100]) {
        expect(await project.ids('Log', { order: `LOG_SORT_ORDER_${order}` }, { chunkSize })).toEqual(oracle(sql));
      }
    }
  });

  it('come each once where they are integers of milliseconds', async () => {
    fill(3000, () => FORMS.prisma6);
    expect(await project.ids('Log', { order: 'LOG_SORT_ORDER_AT_ASC' }, { chunkSize: 500 })).toEqual(
      oracle('SELECT id FROM Log ORDER BY at, id'),
    );
    expect(await project.ids('Log', { order: 'LOG_SORT_ORDER_AT_DESC' }, { chunkSize: 500 })).toEqual(
      oracle('SELECT id FROM Log ORDER BY at DESC, id DESC'),
    );
  });

  it('come each once where they end in Z', async () => {
    fill(100, () => FORMS.toIsoString);
    expect(await project.ids('Log', { order: 'LOG_SORT_ORDER_AT_ASC' })).toEqual(
      oracle('SELECT id FROM Log ORDER BY at, id'),
    );
  });

  it.each(Object.entries(FORMS))('are filtered by what they mean, stored by %s', async (_, form) => {
    fill(50, () => form);
    const at = new Date(Date.UTC(2024, 0, 1, 0, 0, 50));
    for (const [member, ids] of [
      ['equals', [10]],
      ['lt', range(0, 10)],
      ['lte', range(0, 11)],
      ['gt', range(11, 50)],
      ['gte', range(10, 50)],
    ] as const) {
      expect(await project.ids('Log', { filter: { at: { [member]: at } } })).toEqual(ids);
    }
    expect(await project.ids('Log', { filter: { at: { in: [at, new Date(0)] } } })).toEqual([10]);
  });

  it.each(Object.entries(FORMS))('are gone on behind from any row, stored by %s', async (_, form) => {
    fill(12, () => form);
    for (let id = 0; id < 12; id++) {
      const after = { id, at: new Date(Date.UTC(2024, 0, 1, 0, 0, 5 * id)) };
      expect(await project.ids('Log', { order: 'LOG_SORT_ORDER_AT_ASC', after })).toEqual(range(id + 1, 12));
      expect(await project.ids('Log', { order: 'LOG_SORT_ORDER_AT_DESC', after })).toEqual(range(0, id).reverse());
    }
  });

  it.each(Object.entries(FORMS))('are gone on behind from a row that is gone, stored by %s', async (_, form) => {
    fill(12, () => form);
    db.exec('DELETE FROM Log WHERE id = 6');
    const after = { id: 6, at: new Date(Date.UTC(2024, 0, 1, 0, 0, 30)) };
    expect(await project.ids('Log', { order: 'LOG_SORT_ORDER_AT_ASC', after })).toEqual(range(7, 12));
  });

  it('are gone on behind from a row in a column of several forms, and refused from a row that is gone, with the UPDATE that mends it', async () => {
    fill(12, (id) => (id % 2 ? FORMS.prisma6 : FORMS.prisma7));
    const order = 'LOG_SORT_ORDER_AT_ASC';
    const all = oracle('SELECT id FROM Log ORDER BY at, id');
    for (const [place, id] of all.entries()) {
      const after = { id, at: new Date(Date.UTC(2024, 0, 1, 0, 0, 5 * id)) };
      expect(await project.ids('Log', { order, after })).toEqual(all.slice(place + 1));
    }
    const after = { id: 100, at: new Date(Date.UTC(2024, 0, 1, 0, 0, 7)) };
    const refused = await project.ids('Log', { order, after }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 'FAILED_PRECONDITION', code: 'stream.several_date_forms' });
    const update = /UPDATE .*/.exec(String(Reflect.get(Object(refused), 'nextActions')))?.[0] ?? '';
    db.exec(update);
    expect(await project.ids('Log', { order, after })).toEqual(range(2, 12));
    expect(await project.ids('Log', { order })).toEqual(range(0, 12));
  });

  it('split a key of integers into parts that hold every row once', async () => {
    fill(300, () => FORMS.prisma6, 'Keyed');
    expect(await project.ids('Keyed')).toEqual(range(0, 300));
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
