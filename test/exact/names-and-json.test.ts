import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';
import { type Row, type ServedSchema, serveSchema } from './support/served-schema.js';
import { type StoredDatabase, sqliteDatabase } from './support/stored-databases.js';

/** Names that every object of JavaScript has already, as far as Prisma takes them. */
const SCHEMA = `
datasource db {
  provider = "sqlite"
}
enum Kind {
  constructor
  toString
  valueOf
  hasOwnProperty
  plain          @map("__proto__")
}
model Odd {
  id             Int      @id
  constructor    String
  toString       Kind
  valueOf        Int?
  hasOwnProperty DateTime
  proto          Boolean? @map("__proto__")
  @@index([toString])
  @@index([constructor, valueOf])
  @@index([hasOwnProperty])
}
model Inherited {
  constructor String
  toString    Kind
  @@id([toString, constructor])
}
model Tree {
  id   Int  @id
  json Json
}
`;

const TABLES = [
  `CREATE TABLE "Odd" (id INTEGER PRIMARY KEY, "constructor" TEXT NOT NULL, "toString" TEXT NOT NULL, "valueOf" INTEGER,
    "hasOwnProperty" DATETIME NOT NULL, "__proto__" BOOLEAN)`,
  'CREATE TABLE "Inherited" ("constructor" TEXT NOT NULL, "toString" TEXT NOT NULL, PRIMARY KEY ("toString", "constructor"))',
  'CREATE TABLE "Tree" (id INTEGER PRIMARY KEY, json TEXT NOT NULL)',
];

const KINDS = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];

describe('names that every object has', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedSchema;

  beforeAll(async () => {
    database = await sqliteDatabase();
    adapter = database.adapter();
    for (const sql of TABLES) await database.run(sql);
    for (let id = 0; id < 20; id++) {
      const kind = KINDS[id % 5];
      await database.run(
        `INSERT INTO "Odd" VALUES (${id}, 'text ${id % 3}', '${kind}', ${id % 4 === 0 ? 'NULL' : id}, ${id * 1000}, ${id % 2})`,
      );
      await database.run(`INSERT INTO "Inherited" VALUES ('text ${id}', '${kind}')`);
    }
    served = await serveSchema(SCHEMA, adapter);
  });
  afterAll(async () => {
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  const stored = async (sql: string) => (await database.rows(sql)).map(([value]) => Number(value));

  it('are names of fields and of values like any others', async () => {
    const { rows, error } = await served.read('odd', { chunkSize: 3 });
    expect(error).toBeUndefined();
    expect(rows).toEqual(
      Array.from({ length: 20 }, (_, id) => ({
        id,
        constructor: `text ${id % 3}`,
        toString: ['KIND_CONSTRUCTOR', 'KIND_TO_STRING', 'KIND_VALUE_OF', 'KIND_HAS_OWN_PROPERTY', 'KIND_PLAIN'][
          id % 5
        ],
        valueOf: id % 4 === 0 ? null : id,
        hasOwnProperty: new Date(id * 1000),
        proto: id % 2 === 1,
      })),
    );
  });

  const FILTERS: readonly (readonly [filter: object, where: string])[] = [
    [{ constructor: { equals: 'text 1' } }, `"constructor" = 'text 1'`],
    [{ id: { lt: 7 } }, 'id < 7'],
    [{ toString: { equals: 'KIND_CONSTRUCTOR' } }, `"toString" = 'constructor'`],
    [{ toString: { in: ['KIND_PLAIN', 'KIND_VALUE_OF'] } }, `"toString" IN ('__proto__', 'valueOf')`],
    [{ valueOf: { isNull: true } }, '"valueOf" IS NULL'],
    [{ not: { hasOwnProperty: { gte: new Date(5000) } } }, '"hasOwnProperty" < 5000'],
    [{ or: [{ valueOf: { gt: 17 } }, { proto: { equals: false } }] }, '"valueOf" > 17 OR "__proto__" = 0'],
  ];
  it.each(FILTERS)('can be filtered by: %j', async (filter, where) => {
    const { ids, error } = await served.read('odd', { filter });
    expect(error).toBeUndefined();
    expect(ids).toEqual(await stored(`SELECT id FROM "Odd" WHERE ${where} ORDER BY id`));
  });

  it('can be ordered and resumed by', async () => {
    for (const [order, by] of [
      ['ODD_SORT_ORDER_TO_STRING_ASC', '"toString", id'],
      ['ODD_SORT_ORDER_CONSTRUCTOR_THEN_VALUE_OF_DESC', '"constructor" DESC, "valueOf" DESC, id DESC'],
      ['ODD_SORT_ORDER_HAS_OWN_PROPERTY_ASC', '"hasOwnProperty", id'],
    ] as const) {
      const ids = await stored(`SELECT id FROM "Odd" ORDER BY ${by}`);
      expect((await served.read('odd', { order, chunkSize: 2 })).ids).toEqual(ids);
      const { position } = await served.read('odd', { order, limit: 7 });
      expect((await served.read('odd', { order }, { position })).ids).toEqual(ids.slice(7));
    }
    const all = await served.read('inherited', { chunkSize: 3 });
    expect(all.rows).toHaveLength(20);
    const { position } = await served.read('inherited', { limit: 7 });
    expect((await served.read('inherited', {}, { position })).rows).toEqual(all.rows.slice(7));
    expect((await served.read('inherited', {}, { partitions: 3, ordered: true })).rows).toEqual(all.rows);
  });

  it('can be asked for by a read mask', async () => {
    const { rows } = await served.read('odd', { readMask: ['constructor', 'proto'], limit: 2 });
    const absent = { toString: 'KIND_UNSPECIFIED', valueOf: null, hasOwnProperty: undefined };
    expect(rows.map((row) => [row.id, row.constructor, row.valueOf, row.proto])).toEqual([
      [0, 'text 0', absent.valueOf, false],
      [1, 'text 1', absent.valueOf, true],
    ]);
  });

  describe('JSON', () => {
    async function tree(...texts: string[]): Promise<readonly Row[]> {
      await database.run('DELETE FROM "Tree"');
      for (const [id, text] of texts.entries()) {
        await database.run(`INSERT INTO "Tree" VALUES (${id}, '${text.replaceAll("'", "''")}')`);
      }
      const { rows, error } = await served.read('tree');
      expect(error).toBeUndefined();
      return rows.map(({ json }) => json as Row);
    }

    it('arrives with its keys, whatever JavaScript has of the same name', async () => {
      const texts = [
        '{"__proto__":{"a":1},"b":2}',
        '{"constructor":1,"toString":[null]}',
        '{"":{"hasOwnProperty":{}}}',
      ];
      const trees = await tree(...texts);
      expect(trees.map((each) => JSON.stringify(each))).toEqual(texts);
      expect(Object.getPrototypeOf({})).not.toHaveProperty('a');
    });

    it('arrives with every digit and sign of its numbers', async () => {
      const numbers = [
        '-0',
        '0',
        '0.1',
        '1e-320',
        '1.7976931348623157e308',
        '9007199254740992',
        '-9007199254740991',
        '1E2',
      ];
      const trees = await tree(`[${numbers.join(',')}]`);
      const [found = []] = trees as unknown as number[][];
      expect(found.map((value) => (Object.is(value, -0) ? '-0' : value))).toEqual(
        numbers.map((text) => (text === '-0' ? '-0' : Number(text))),
      );
    });

    it.each([
      '9007199254740993',
      '-12345678901234567890',
      '[1e400]',
      '{"a":[{"b":0.12345678901234567890123}]}',
      '1e-400',
    ])('is refused with a number that would lose digits: %s', async (json) => {
      await database.run('DELETE FROM "Tree"');
      await database.run(`INSERT INTO "Tree" VALUES (1, '{}'), (2, '${json}')`);
      const { ids, error } = await served.read('tree');
      expect(ids).toEqual([1]);
      expect(error).toMatchObject({
        code: status.INTERNAL,
        details: expect.stringContaining('Tree.json holds JSON with a number'),
      });
    });

    it('is not refused for digits within its texts', async () => {
      const text = '{"9007199254740993":"12345678901234567890, \\"1e999\\""}';
      expect((await tree(text)).map((each) => JSON.stringify(each))).toEqual([text]);
    });

    const lists = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

    it('arrives as deep as protobuf clients read it, in rows and batches', async () => {
      const texts = [lists(49), objects(32)];
      expect((await tree(...texts)).map((each) => JSON.stringify(each))).toEqual(texts);
      const { rows } = await served.read('tree', {}, { messages: 'rows' });
      expect(rows.map(({ json }) => JSON.stringify(json))).toEqual(texts);
    });

    it.each([
      ['50 lists', lists(50)],
      ['33 objects', objects(33)],
      ['200,000 lists', lists(200_000)],
    ])('is refused where it goes deeper: %s', async (_, json) => {
      await database.run('DELETE FROM "Tree"');
      await database.run(`INSERT INTO "Tree" VALUES (1, '{}'), (2, '${json}')`);
      const { ids, error } = await served.read('tree');
      expect(ids).toEqual([1]);
      expect(error).toMatchObject({
        code: status.INTERNAL,
        details: expect.stringContaining('Tree.json holds JSON that nests deeper'),
      });
    });
  });
});
