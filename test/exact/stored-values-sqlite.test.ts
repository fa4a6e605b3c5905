import { status } from '@grpc/grpc-js';
import type { Database } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';
import { type ServedSchema, serveSchema } from './support/served-schema.js';
import { type StoredDatabase, sqliteDatabase } from './support/stored-databases.js';

const SCHEMA = `
datasource db {
  provider = "sqlite"
}
enum Status {
  DRAFT
  REVIEW
}
model Number {
  id   Int   @id
  size Float
}
model Long {
  id    BigInt @id
  other BigInt
}
model Text {
  id   Int    @id
  text String
  @@index([text])
}
model Visit {
  id   Int       @id
  came DateTime?
  left DateTime?
  @@index([came, left])
}
model Bad {
  id      Int       @id
  int     Int?
  big     BigInt?
  float   Float?
  flag    Boolean?
  exact   Decimal?
  at      DateTime?
  bytes   Bytes?
  text    String?
  json    Json?
  status  Status?
  needed  Int
  @@index([at])
}
`;

const TABLES = [
  'CREATE TABLE "Number" (id INTEGER PRIMARY KEY, size REAL NOT NULL)',
  'CREATE TABLE "Long" (id BIGINT PRIMARY KEY NOT NULL, other BIGINT NOT NULL)',
  'CREATE TABLE "Text" (id INTEGER PRIMARY KEY, text TEXT NOT NULL)',
  'CREATE TABLE "Visit" (id INTEGER PRIMARY KEY, came DATETIME, left DATETIME)',
  `CREATE TABLE "Bad" (id INTEGER PRIMARY KEY, int INTEGER, big BIGINT, float REAL, flag BOOLEAN, exact DECIMAL, at DATETIME,
    bytes BLOB, text TEXT, json JSONB, status TEXT, needed INTEGER NOT NULL DEFAULT 1)`,
];

describe('values of SQLite', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedSchema;
  let lenient: ServedSchema;

  beforeAll(async () => {
    database = await sqliteDatabase();
    adapter = database.adapter();
    for (const sql of TABLES) await database.run(sql);
    served = await serveSchema(SCHEMA, adapter);
    lenient = await served.again({ onUnreadable: 'null' });
  });
  afterAll(async () => {
    await lenient?.close();
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  it('that are floating-point numbers are all found by a list of large and small ones', async () => {
    const sizes = ['1e14', '0.30000000000000004', '1e16', '1.7976931348623157e308', '5e-324', '0'];
    for (const [id, size] of sizes.entries()) await database.run(`INSERT INTO "Number" VALUES (${id}, ${size})`);
    const filter = { size: { in: sizes.map(Number) } };
    expect((await served.read('number', { filter })).ids).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each([
    5, 70, 100, 1000,
  ])('that are keys around the largest exact number all arrive once, with every digit, in chunks of %i', async (chunkSize) => {
    await database.run('DELETE FROM "Long"');
    const around = 2n ** 53n;
    const ids = Array.from({ length: 400 }, (_, index) => around - 200n + BigInt(index));
    const others = ids.map((id) => (id > around ? -id * 1000n : 7n));
    await database.run(`INSERT INTO "Long" VALUES ${ids.map((id, index) => `(${id}, ${others[index]})`).join(', ')}`);
    for (const order of ['LONG_SORT_ORDER_ID_ASC', 'LONG_SORT_ORDER_ID_DESC']) {
      const { rows, error } = await served.read('long', { order, chunkSize });
      expect(error).toBeUndefined();
      const found = order.endsWith('DESC') ? [...rows].reverse() : rows;
      expect(found.map(({ id, other }) => [id, other])).toEqual(ids.map((id, index) => [id, others[index]]));
    }
  });

  it('that are JSON of one number, which a column of JSON stores as a number, arrive as JavaScript reads them', async () => {
    const texts = ['-1185485228850000000', '9007199254740992', '1.5', '-7', '1e21', '0'];
    await database.run('DELETE FROM "Bad"');
    for (const [id, text] of texts.entries()) {
      await database.run(`INSERT INTO "Bad" (id, json) VALUES (${id}, '${text}')`);
    }
    const { rows, error } = await served.read('bad');
    expect(error).toBeUndefined();
    expect(rows.map(({ json }) => json)).toEqual(texts.map(Number));
  });

  it.each([
    996, 997, 998, 999, 1000,
  ])('are found by a list of %i, chunk by chunk, and from any place on', async (count) => {
    await database.run('DELETE FROM "Text"');
    const numbers = Array.from({ length: 1100 }, (_, index) => index);
    await database.run(`INSERT INTO "Text" VALUES ${numbers.map((id) => `(${id}, 'text ${id}')`).join(', ')}`);
    const filter = { text: { in: numbers.slice(0, count).map((id) => `text ${id}`) } };
    const all = await served.read('text', { filter, chunkSize: 400 });
    expect(all.error).toBeUndefined();
    expect(all.ids).toEqual(numbers.slice(0, count));
    const rest = await served.read('text', { filter, chunkSize: 400, after: { id: 99 } });
    expect(rest.ids).toEqual(numbers.slice(100, count));
    const parts = await served.read('text', { filter }, { partitions: 3, ordered: true });
    expect(parts.ids).toEqual(numbers.slice(0, count));
  });

  it('that are dates of two columns, each in a form of its own, are gone on behind from a row that is gone', async () => {
    await database.run(
      `INSERT INTO "Visit" VALUES (1, '2024-01-01T00:00:00.000+00:00', 1704067200000), (2, '2024-01-01T00:00:00.000+00:00', 1704067200000),
        (3, '2024-01-01T00:00:00.000+00:00', 1704067200001)`,
    );
    const at = new Date('2024-01-01');
    const order = 'VISIT_SORT_ORDER_CAME_THEN_LEFT_ASC';
    await database.run('DELETE FROM "Visit" WHERE id = 1');
    expect((await served.read('visit', { order, after: { id: 1, came: at, left: at } })).ids).toEqual([2, 3]);
  });

  it('that are dates are gone on behind from a row that is gone, where no other row has one', async () => {
    await database.run('UPDATE "Visit" SET came = NULL, left = NULL');
    const at = new Date('2024-01-01');
    for (const [way, ids] of [
      ['ASC', []],
      ['DESC', [3, 2]],
    ] as const) {
      const order = `VISIT_SORT_ORDER_CAME_THEN_LEFT_${way}`;
      expect((await served.read('visit', { order, after: { id: 1, came: at, left: at } })).ids).toEqual(ids);
    }
  });

  it('that are no text at all end a stream in their order where it would miss rows', async () => {
    await database.run('DELETE FROM "Text"');
    // The driver reads bytes that are no text as U+FFFD, which SQLite has in another place.
    await database.run(
      `INSERT INTO "Text" VALUES (1, CAST(x'fe' AS TEXT)), (2, CAST(x'ff' AS TEXT)), (3, 'z'), (4, '\ufffd')`,
    );
    const up = await served.read('text', { order: 'TEXT_SORT_ORDER_TEXT_ASC', chunkSize: 1 });
    expect(up.ids).toEqual([3, 4, 1]);
    expect(up.error).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining('bytes that are not text'),
    });
    const down = await served.read('text', { order: 'TEXT_SORT_ORDER_TEXT_DESC', chunkSize: 1 });
    expect(down.ids).toEqual([2]);
    expect(down.error).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining('bytes that are not text'),
    });
    const logged = (await down.report()).lines.find(({ level }) => level === 'error')?.fields.err;
    expect(logged).toMatchObject({ model: 'Text', field: 'text', key: 'text \ufffd, id 2' });
  });

  it('that a driver returns otherwise than they are stored end the stream, rather than to come again and again', async () => {
    await database.run('DELETE FROM "Text"');
    await database.run(`INSERT INTO "Text" VALUES (1, 'row a'), (2, 'row b'), (3, 'row c'), (4, 'row d')`);
    const cutting = cuttingAdapter(database.adapter(), /^row .$/, 4);
    const cut = await serveSchema(SCHEMA, cutting);
    try {
      const { ids, error, report } = await cut.read('text', { order: 'TEXT_SORT_ORDER_TEXT_ASC', chunkSize: 1 });
      expect(ids).toEqual([1, 2]);
      expect(error).toMatchObject({ code: status.INTERNAL, details: expect.stringContaining('returned a row twice') });
      const logged = (await report()).lines.find(({ level }) => level === 'error')?.fields.err;
      expect(logged).toMatchObject({ model: 'Text', order: 'text asc, id asc', place: 'text row , id 2' });
    } finally {
      await cut.close();
      await closeReader(cutting);
    }
  });

  /** The column, what stands in it, and what is said of it. */
  const BAD: readonly (readonly [column: string, sql: string, problem: string])[] = [
    ['int', "'abc'", 'holds a text where an integer was expected'],
    ['int', "'NaN'", 'holds a text where an integer was expected'],
    ['int', '1.5', 'holds a number that is not an integer of 32 bits'],
    ['int', '2147483648', 'holds a number that is not an integer of 32 bits'],
    ['int', '9007199254740993', 'holds a number that is not an integer of 32 bits'],
    ['int', "x'01'", 'holds bytes where an integer was expected'],
    ['big', "'abc'", 'holds a text where an integer was expected'],
    ['big', '9.3e18', 'holds a number that is not an integer of 64 bits'],
    ['big', '0.5', 'holds a number that is not an integer of 64 bits'],
    ['float', "'abc'", 'holds a text where a number was expected'],
    ['float', "'NaN'", 'holds a text where a number was expected'],
    ['float', "'Infinity'", 'holds a text where a number was expected'],
    ['flag', "'yes'", 'holds a text where 0 or 1 was expected'],
    ['flag', "'true'", 'holds a text where 0 or 1 was expected'],
    ['flag', '2', 'holds a number where 0 or 1 was expected'],
    ['flag', '0.5', 'holds a number where 0 or 1 was expected'],
    ['flag', "''", 'holds a text where 0 or 1 was expected'],
    ['exact', "'abc'", 'holds a text where a decimal was expected'],
    ['exact', "'NaN'", 'holds a text where a decimal was expected'],
    ['exact', "x'312e35'", 'holds bytes where a decimal was expected'],
    ['exact', '9e999', 'holds a number where a decimal was expected'],
    ['at', "'yesterday'", 'holds a text that is not a date'],
    ['at', "''", 'holds a text that is not a date'],
    ['at', "'2024-02-30 00:00:00'", 'holds a text that is not a date'],
    ['at', "'2024-01-01T24:00:00Z'", 'holds a text that is not a date'],
    ['at', "'12024-01-01T00:00:00Z'", 'holds a text that is not a date'],
    ['at', '2460310.5', 'holds a number where a date was expected'],
    ['at', '253402300800000', 'holds a time outside of the years 1 to 9999'],
    ['at', '-62135596800001', 'holds a time outside of the years 1 to 9999'],
    ['at', "x'01'", 'holds bytes where a date was expected'],
    ['bytes', "'abc'", 'holds a text where an array of bytes was expected'],
    ['bytes', '7', 'holds a number where an array of bytes was expected'],
    ['text', "x'616263'", 'holds bytes where a text was expected'],
    ['json', "'{no json'", 'holds text that is not JSON'],
    ['json', "'NaN'", 'holds text that is not JSON'],
    ['json', `'{"n": 12345678901234567890}'`, 'holds JSON with a number of more digits'],
    ['json', "'9007199254740993'", 'holds JSON with a number of more digits'],
    ['status', "'GONE'", 'holds a value that is not in its enum'],
    ['status', '1', 'holds a value that is not in its enum'],
    ['needed', "'abc'", 'holds a text where an integer was expected'],
  ];
  const NULLABLE = BAD.filter(([column]) => column !== 'needed');

  async function tenRows(column: string, sql: string): Promise<void> {
    await database.run('DELETE FROM "Bad"');
    await database.run(`INSERT INTO "Bad" (id) VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)`);
    await database.run(`UPDATE "Bad" SET ${column} = ${sql} WHERE id IN (6, 8)`);
  }

  it.each(
    BAD,
  )('that no message can hold, as %s = %s, end the stream behind the rows before them', async (column, sql, problem) => {
    await tenRows(column, sql);
    for (const messages of ['rows', 'batches'] as const) {
      const { ids, error, position, report } = await served.read('bad', { chunkSize: 4 }, { messages });
      expect(error).toMatchObject({
        code: status.INTERNAL,
        details: expect.stringContaining(`Bad.${column} ${problem}`),
      });
      expect(ids).toEqual([1, 2, 3, 4, 5]);
      expect(position).toEqual({ rows: 5, after: { id: 5 } });
      const { lines, summary } = await report();
      expect(lines.find(({ level }) => level === 'error')?.fields.err).toMatchObject({
        model: 'Bad',
        field: column,
        key: 'id 6',
      });
      expect(summary).toMatchObject({ end: 'failed', status: 'INTERNAL', rows: 5, valuesLeftOut: 0 });
    }
  });

  it.each(
    NULLABLE,
  )('that no message can hold, as %s = %s, are left out where the server may', async (column, sql, problem) => {
    await tenRows(column, sql);
    const { rows, ids, error, report } = await lenient.read('bad', { chunkSize: 4 });
    expect(error).toBeUndefined();
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(rows[5]).toEqual({ ...rows[4], id: 6, [column]: null });
    const { lines, summary } = await report();
    const warnings = lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([
      { fields: { model: 'Bad', field: column, key: 'id 6' }, line: expect.stringContaining(problem) },
    ]);
    expect(summary).toMatchObject({ end: 'done', rows: 10, valuesLeftOut: 2 });
  });

  it('that no message can hold are never left out of the order that a client would resume in', async () => {
    await tenRows('at', "'yesterday'");
    const { ids, error } = await lenient.read('bad', { order: 'BAD_SORT_ORDER_AT_DESC', chunkSize: 2 });
    expect(ids).toEqual([]);
    expect(error).toMatchObject({ code: status.INTERNAL, details: expect.stringContaining('Bad.at holds') });
  });
});

/** An adapter whose driver returns texts of a form cut to so many characters, as one that keeps milliseconds cuts dates. */
function cuttingAdapter(adapter: SqlReaderFactory, form: RegExp, length: number): SqlReaderFactory {
  const cut = (value: unknown) => (typeof value === 'string' && form.test(value) ? value.slice(0, length) : value);
  return {
    provider: adapter.provider,
    async connect() {
      const connection = await adapter.connect();
      const driver: Database = Reflect.get(connection, 'client');
      const prepare = driver.prepare.bind(driver);
      const cutting = (sql: string) => {
        const statement = prepare(sql);
        const all = statement.all.bind(statement);
        const cutAll = (...values: unknown[]) => all(...values).map((row) => (Array.isArray(row) ? row.map(cut) : row));
        return Object.assign(statement, { all: cutAll });
      };
      return Object.assign(connection, { client: Object.assign(driver, { prepare: cutting }) });
    },
  };
}
