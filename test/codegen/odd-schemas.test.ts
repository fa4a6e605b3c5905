import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { type ServedSchema, serveSchema } from '../exact/support/served-schema.js';
import { postgresDatabase, type StoredDatabase, sqliteDatabase } from '../exact/support/stored-databases.js';

/** Two database schemas with tables and enums of the same names, a view, and what is left out of a stream. */
const SPREAD = `
generator client {
  provider        = "prisma-client"
  output          = "./client"
  previewFeatures = ["views"]
}
datasource db {
  provider = "postgresql"
  schemas  = ["sales", "stock"]
}
enum SaleState {
  open
  paidOff @map("paid off")
  "" // not a value

  @@map("state")
  @@schema("sales")
}
enum StockState {
  onShelf @map("it's \\"here\\"")
  gone    @map("gone/")

  @@map("state")
  @@schema("stock")
}
model SaleItem {
  id     Int                     @id
  state  SaleState
  amount Decimal
  words  Unsupported("tsvector")?
  secret String?                 @ignore

  @@map("items")
  @@schema("sales")
}
model StockItem {
  place String
  state StockState
  no    Int

  @@id([place, no])
  @@index([state])
  @@map("items")
  @@schema("stock")
}
view DailySales {
  day   DateTime @unique @db.Date
  total Decimal
  items BigInt

  @@map("daily_sales")
  @@schema("sales")
}
model Archive {
  id Int @id

  @@ignore
  @@schema("stock")
}
`.replace('  "" // not a value\n', '');

const SPREAD_TABLES = [
  'CREATE SCHEMA sales',
  'CREATE SCHEMA stock',
  `CREATE TYPE sales.state AS ENUM ('open', 'paid off')`,
  `CREATE TYPE stock.state AS ENUM ('it''s "here"', 'gone/')`,
  'CREATE TABLE sales.items (id int PRIMARY KEY, state sales.state NOT NULL, amount numeric NOT NULL, words tsvector, secret text, day date NOT NULL)',
  'CREATE TABLE stock.items (place text, no int, state stock.state NOT NULL, PRIMARY KEY (place, no))',
  'CREATE VIEW sales.daily_sales AS SELECT day, sum(amount) AS total, count(*) AS items FROM sales.items GROUP BY day',
  `INSERT INTO sales.items SELECT n, (CASE WHEN n % 3 = 0 THEN 'paid off' ELSE 'open' END)::sales.state, n + 0.25, to_tsvector('word'),
     'secret', DATE '2024-01-01' + n / 10 FROM generate_series(1, 40) n`,
  `INSERT INTO stock.items SELECT 'shelf ' || n % 2, n, (CASE WHEN n % 2 = 0 THEN 'it''s "here"' ELSE 'gone/' END)::stock.state
     FROM generate_series(1, 40) n`,
];

describe('a schema over several database schemas', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedSchema;

  beforeAll(async () => {
    database = await postgresDatabase();
    adapter = database.adapter();
    for (const sql of SPREAD_TABLES) await database.run(sql);
    served = await serveSchema(SPREAD, adapter);
  });
  afterAll(async () => {
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  it('streams tables of the same name apart, without columns that are ignored or of a type that Prisma does not know', async () => {
    const sales = await served.read('saleItem', { chunkSize: 7 });
    expect(sales.rows).toEqual(
      (await database.rows('SELECT id, state, amount FROM sales.items ORDER BY id')).map(([id, state, amount]) => ({
        id: Number(id),
        state: state === 'open' ? 'SALE_STATE_OPEN' : 'SALE_STATE_PAID_OFF',
        amount,
      })),
    );
    const stock = await served.read('stockItem', { chunkSize: 7 });
    expect(stock.rows).toEqual(
      (await database.rows('SELECT place, state, no FROM stock.items ORDER BY place, no')).map(
        ([place, state, no]) => ({
          place,
          state: state === 'gone/' ? 'STOCK_STATE_GONE' : 'STOCK_STATE_ON_SHELF',
          no: Number(no),
        }),
      ),
    );
  });

  it('filters and orders by enums whose values have any characters in the database', async () => {
    const filter = { state: { in: ['STOCK_STATE_ON_SHELF'] } };
    const { rows } = await served.read('stockItem', {
      filter,
      order: 'STOCK_ITEM_SORT_ORDER_STATE_DESC',
      chunkSize: 3,
    });
    expect(rows.map(({ no }) => String(no))).toEqual(
      (
        await database.rows(
          `SELECT no FROM stock.items WHERE state = 'it''s "here"' ORDER BY state DESC, place DESC, no DESC`,
        )
      ).map(([no]) => String(no)),
    );
    expect(rows).toHaveLength(20);
  });

  it('streams a view, and resumes in it', async () => {
    const days = await database.rows('SELECT day, trim_scale(total), items FROM sales.daily_sales ORDER BY day');
    const expected = days.map(([day, total, items]) => ({
      day: new Date(`${day}T00:00:00Z`),
      total,
      items: BigInt(String(items)),
    }));
    expect(expected).toHaveLength(5);
    expect((await served.read('dailySales', { chunkSize: 2 })).rows).toEqual(expected);
    const { position } = await served.read('dailySales', { limit: 2 });
    expect((await served.read('dailySales', {}, { position })).rows).toEqual(expected.slice(2));
  });

  it('has no service for a model that is ignored', () => {
    expect(Object.keys(served.clients).sort()).toEqual(['close', 'dailySales', 'saleItem', 'stockItem']);
  });
});

/** Characters that end a text, a comment or a statement in one of the languages that they pass through. */
const NAMES = [
  'two\nlines',
  'a "quoted" name',
  "an apostrophe's",
  '`ticks` and \u0024{dollars}',
  'back\\slash',
  'ends a comment */ begins one /*',
  '// line',
  'naïve 日本語 👩‍👩‍👧',
  'tab\there',
  '; DROP TABLE "any";--',
  '__proto__',
  '?',
  '$1',
  ':name',
  '%s',
  '\u2028separator',
];

const COMMENTS = [
  '*/ }',
  '/* not the end */',
  '`ticks` \u0024{dollars} $& $1 $$',
  '"double" \'single\' \\ \\n \\u0000',
  'syntax = "proto2"; message Fake { string x = 1; }',
  '}',
  'naïve 日本語 👩‍👩‍👧 \u202eright to left',
  '<script>alert(1)</script> & &amp;',
  '@deprecated @see {@link Other}',
  '// Generated by somebody else',
  'ends with a backslash \\',
];

const prismaText = (text: string) => JSON.stringify(text).replaceAll('\u2028', '\\u2028');
const quotedForSql = (name: string) => `"${name.replaceAll('"', '""')}"`;

const UNREADABLE_NAMES = `
datasource db {
  provider = "sqlite"
}
${COMMENTS.map((comment) => `/// ${comment}`).join('\n')}
///
/// after an empty line
model Odd {
${NAMES.map((name, index) => `  ${commentOf(index)}\n  c${index} String${index % 3 === 0 ? '?' : ''} @map(${prismaText(name)}) ${commentOf(index + 1)}`).join('\n')}
  /// ${COMMENTS.join(' ')}
  state State
  id Int @id @map(${prismaText('the "key"\n of it')})
  @@index([c1])
  @@map(${prismaText('the "table"\n of `it`')})
}
/// ${COMMENTS.join('\n/// ')}
enum State {
${NAMES.map((name, index) => `  ${commentOf(index)}\n  V${index} @map(${prismaText(name)})`).join('\n')}
}
`;

function commentOf(index: number): string {
  return `/// ${COMMENTS[index % COMMENTS.length]}`;
}

describe('names and comments with anything in them', () => {
  const table = quotedForSql('the "table"\n of `it`');
  const key = quotedForSql('the "key"\n of it');
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedSchema;

  beforeAll(async () => {
    database = await sqliteDatabase();
    adapter = database.adapter();
    await database.run(
      `CREATE TABLE ${table} (${key} INTEGER PRIMARY KEY, state TEXT NOT NULL, ${NAMES.map((name) => `${quotedForSql(name)} TEXT`).join(', ')})`,
    );
    for (const [id, state] of NAMES.entries()) {
      const cells = NAMES.map((_, index) => (index % 3 === 0 && id % 2 === 0 ? 'NULL' : `'${id} ${index}'`));
      await database.run(`INSERT INTO ${table} VALUES (${id}, '${state.replaceAll("'", "''")}', ${cells.join(', ')})`);
    }
    served = await serveSchema(UNREADABLE_NAMES, adapter);
  });
  afterAll(async () => {
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  it('are those of the schema', () => {
    const { models, enums } = parseSchema([{ path: 's.prisma', content: UNREADABLE_NAMES }]);
    expect(models[0]?.fields.slice(0, NAMES.length).map(({ column }) => column)).toEqual(NAMES);
    expect(enums[0]?.values.map(({ stored }) => stored)).toEqual(NAMES);
    expect(models[0]?.documentation?.split('\n').slice(0, COMMENTS.length)).toEqual(COMMENTS);
  });

  it('are streamed as they are stored', async () => {
    const { rows, error } = await served.read('odd', { chunkSize: 3 });
    expect(error).toBeUndefined();
    expect(rows).toEqual(
      NAMES.map((_, id) => ({
        ...Object.fromEntries(
          NAMES.map((_, index) => [`c${index}`, index % 3 === 0 && id % 2 === 0 ? null : `${id} ${index}`]),
        ),
        state: `STATE_V${id}`,
        id,
      })),
    );
  });

  it('are filtered, masked and ordered by', async () => {
    for (const [index, name] of NAMES.entries()) {
      const wanted = `3 ${index}`;
      const { ids, error } = await served.read('odd', {
        filter: { [`c${index}`]: { equals: wanted } },
        readMask: [`c${index}`],
      });
      const expected = await database.rows(`SELECT ${key} FROM ${table} WHERE ${quotedForSql(name)} = '${wanted}'`);
      expect({ ids, error }).toEqual({ ids: expected.map(([id]) => Number(id)), error: undefined });
      const filter = { state: { equals: `STATE_V${index}` } };
      expect((await served.read('odd', { filter })).ids).toEqual([index]);
    }
    const ordered = await database.rows(`SELECT ${key} FROM ${table} ORDER BY ${quotedForSql(NAMES[1] ?? '')}, ${key}`);
    const { ids } = await served.read('odd', { order: 'ODD_SORT_ORDER_C1_ASC', chunkSize: 3 });
    expect(ids).toEqual(ordered.map(([id]) => Number(id)));
  });
});

const KINDS = ['Int', 'String?', 'BigInt', 'Boolean', 'Float?'] as const;
const FIELDS = 1000;
const CELLS = [
  (id: number, index: number) => id * 1000 + index,
  (id: number, index: number) => (index % 2 === 0 ? null : `text ${id} ${index}`),
  (id: number, index: number) => BigInt(id) * 2n ** 50n + BigInt(index),
  (id: number, index: number) => (id + index) % 2 === 0,
  (id: number, index: number) => (id === 1 ? null : index / 8),
] as const;

const WIDE = `
datasource db {
  provider = "sqlite"
}
model Wide {
  id Int @id
${Array.from({ length: FIELDS - 1 }, (_, index) => `  field${index} ${KINDS[index % KINDS.length]}`).join('\n')}
}
`;

describe('a model of 1,000 fields', () => {
  it('is streamed, and masked and filtered by one of its last fields', async () => {
    const database = await sqliteDatabase();
    const adapter = database.adapter();
    try {
      const columns = Array.from({ length: FIELDS - 1 }, (_, index) => `field${index}`);
      const cellOf = (id: number, index: number) => CELLS[index % CELLS.length]?.(id, index) ?? null;
      await database.run(
        `CREATE TABLE "Wide" (id INTEGER PRIMARY KEY, ${columns.map((name, index) => `${name} ${['INTEGER', 'TEXT', 'BIGINT', 'BOOLEAN', 'REAL'][index % 5]}`).join(', ')})`,
      );
      for (let id = 0; id < 5; id++) {
        const cells = columns.map((_, index) => cellOf(id, index));
        const texts = cells.map((cell) =>
          cell === null ? 'NULL' : typeof cell === 'string' ? `'${cell}'` : String(cell),
        );
        await database.run(`INSERT INTO "Wide" VALUES (${id}, ${texts.join(', ')})`);
      }
      const served = await serveSchema(WIDE, adapter);
      try {
        const { rows, error } = await served.read('wide', { chunkSize: 2 });
        expect(error).toBeUndefined();
        expect(rows).toEqual(
          Array.from({ length: 5 }, (_, id) => ({
            id,
            ...Object.fromEntries(columns.map((name, index) => [name, cellOf(id, index)])),
          })),
        );
        const last = FIELDS - 3;
        const masked = await served.read('wide', {
          filter: { [`field${last}`]: { equals: cellOf(3, last) } },
          readMask: [`field${last}`],
        });
        expect({ ids: masked.ids, error: masked.error }).toEqual({ ids: [3], error: undefined });
      } finally {
        await served.close();
      }
    } finally {
      await closeReader(adapter);
      await database.stop();
    }
  });
});
