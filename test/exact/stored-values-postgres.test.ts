import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTimestamp } from '../../src/model/index.js';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';
import { type ServedSchema, serveSchema } from './support/served-schema.js';
import { postgresDatabase, type StoredDatabase } from './support/stored-databases.js';

const SCHEMA = `
datasource db {
  provider = "postgresql"
}
enum Status {
  DRAFT
  REVIEW
  PUBLISHED
}
model Article {
  status Status
  n      Int
  @@id([status, n])
}
model Page {
  id     Int    @id
  status Status
  @@index([status])
}
model Change {
  at DateTime @id @db.Timestamptz(3)
}
model Fine {
  id    Int      @id
  at    DateTime @db.Timestamp(6)
  zoned DateTime @db.Timestamptz(6)
  clock DateTime @db.Time(6)
}
model Number {
  id   Int   @id
  size Float
}
model Bad {
  id      Int        @id
  zoned   DateTime?  @db.Timestamptz(3)
  plain   DateTime?  @db.Timestamp(3)
  day     DateTime?  @db.Date
  clock   DateTime?  @db.Timetz(3)
  exact   Decimal?
  json    Json?
  status  Status?
  small   Int?
  list    Int[]
  texts   String[]
  needed  DateTime   @db.Timestamptz(3)
  @@index([zoned])
}
`;

const TABLES = [
  "CREATE TYPE \"Status\" AS ENUM ('DRAFT', 'PUBLISHED')",
  "ALTER TYPE \"Status\" ADD VALUE 'REVIEW' BEFORE 'PUBLISHED'",
  'CREATE TABLE "Article" (status "Status" NOT NULL, n INT NOT NULL, PRIMARY KEY (status, n))',
  'CREATE TABLE "Page" (id INT PRIMARY KEY, status "Status" NOT NULL)',
  'CREATE TABLE "Change" (at timestamptz(3) PRIMARY KEY)',
  'CREATE TABLE "Fine" (id INT PRIMARY KEY, at timestamp(6) NOT NULL, zoned timestamptz(6) NOT NULL, clock time(6) NOT NULL)',
  'CREATE TABLE "Number" (id INT PRIMARY KEY, size float8 NOT NULL)',
  "CREATE TYPE \"Other\" AS ENUM ('DRAFT', 'GONE')",
  `CREATE TABLE "Bad" (id INT PRIMARY KEY, zoned timestamptz, plain timestamp, day date, clock timetz, exact numeric, json jsonb,
    status "Other", small bigint, list int[], texts text[], needed timestamptz NOT NULL DEFAULT '2024-01-01 00:00:00+00')`,
];

describe('values of PostgreSQL', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedSchema;
  let lenient: ServedSchema;

  beforeAll(async () => {
    database = await postgresDatabase();
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

  const stored = async (sql: string) => (await database.rows(sql)).map(([value]) => value);

  it('of an enum that a migration put another into are all read in the order of a key, each row once', async () => {
    await database.run(
      `INSERT INTO "Article" SELECT (enum_range(NULL::"Status"))[1 + n % 3], n FROM generate_series(1, 400) AS n`,
    );
    for (const way of ['ASC', 'DESC']) {
      const order = `ARTICLE_SORT_ORDER_STATUS_THEN_N_${way}`;
      const { rows, error } = await served.read('article', { order, chunkSize: 37 });
      expect(error).toBeUndefined();
      expect(rows.map(({ n }) => String(n))).toEqual(
        await stored(`SELECT n FROM "Article" ORDER BY status ${way}, n ${way}`),
      );
    }
  });

  it('of such an enum are all read in the order of an index, each row once, and split into parts', async () => {
    await database.run(
      `INSERT INTO "Page" SELECT n, (enum_range(NULL::"Status"))[1 + n % 3] FROM generate_series(1, 400) AS n`,
    );
    for (const way of ['ASC', 'DESC']) {
      const { ids } = await served.read('page', { order: `PAGE_SORT_ORDER_STATUS_${way}`, chunkSize: 37 });
      expect(ids.map(String)).toEqual(await stored(`SELECT id FROM "Page" ORDER BY status ${way}, id ${way}`));
    }
    const parts = await served.read('article', {}, { partitions: 4, ordered: true });
    expect(parts.rows.map(({ n }) => String(n))).toEqual(await stored('SELECT n FROM "Article" ORDER BY status, n'));
  });

  it('of a timestamptz key are all read across the change of clocks, in a database that is in New York', async () => {
    await database.run(
      `INSERT INTO "Change" SELECT '2024-11-02 12:00:00+00'::timestamptz + n * interval '7 minutes' FROM generate_series(1, 300) AS n`,
    );
    const epochs = await stored('SELECT (extract(epoch FROM at) * 1000)::bigint FROM "Change" ORDER BY at');
    for (const [order, expected] of [
      ['CHANGE_SORT_ORDER_AT_ASC', epochs],
      ['CHANGE_SORT_ORDER_AT_DESC', [...epochs].reverse()],
    ] as const) {
      const { rows } = await served.read('change', { order, chunkSize: 23 });
      expect(rows.map(({ at }) => String(Number(at)))).toEqual(expected);
    }
    const after = { at: new Date(Number(epochs[149])) };
    const { rows } = await served.read('change', { after, chunkSize: 23 });
    expect(rows.map(({ at }) => String(Number(at)))).toEqual(epochs.slice(150));
    const parts = await served.read('change', {}, { partitions: 3, ordered: true });
    expect(parts.rows.map(({ at }) => String(Number(at)))).toEqual(epochs);
    const filter = { at: { gte: new Date(Number(epochs[100])), lt: new Date(Number(epochs[130])) } };
    expect((await served.read('change', { filter })).rows).toHaveLength(30);
  });

  it('keep their microseconds, over the wire and back', async () => {
    await database.run(
      `INSERT INTO "Fine" VALUES (1, '2024-02-29 23:59:59.123456', '1969-12-31 23:59:59.999999+00', '23:59:59.999999')`,
    );
    const { rows } = await served.read('fine');
    const [row] = rows;
    expect([row?.at, row?.zoned, row?.clock].map((date) => formatTimestamp(date as Date))).toEqual([
      '2024-02-29T23:59:59.123456Z',
      '1969-12-31T23:59:59.999999Z',
      '1970-01-01T23:59:59.999999Z',
    ]);
    expect((await served.read('fine', { filter: { at: { equals: row?.at } } })).ids).toEqual([1]);
    expect((await served.read('fine', { filter: { at: { equals: new Date(Number(row?.at)) } } })).ids).toEqual([]);
  });

  it('that are floating-point numbers are all found by a list of large and small ones', async () => {
    const sizes = ['1e14', '0.30000000000000004', '1e16', '1.7976931348623157e308', '5e-324', '-0'];
    for (const [id, size] of sizes.entries()) await database.run(`INSERT INTO "Number" VALUES (${id}, '${size}')`);
    const filter = { size: { in: sizes.map(Number) } };
    expect((await served.read('number', { filter })).ids).toEqual([0, 1, 2, 3, 4, 5]);
  });

  /** The column, what stands in it, and what is said of it. */
  const BAD: readonly (readonly [column: string, sql: string, problem: string])[] = [
    ['zoned', "'infinity'", "holds PostgreSQL's infinity"],
    ['zoned', "'-infinity'", "holds PostgreSQL's infinity"],
    ['zoned', "'0044-03-15 12:00:00+00 BC'", 'holds a time outside of the years 1 to 9999'],
    ['zoned', "'10000-01-01 00:00:00+00'", 'holds a time outside of the years 1 to 9999'],
    ['zoned', "'294276-12-31 23:59:59.999999+00'", 'holds a time outside of the years 1 to 9999'],
    ['plain', "'infinity'", "holds PostgreSQL's infinity"],
    ['plain', "'4713-01-01 00:00:00 BC'", 'holds a time outside of the years 1 to 9999'],
    ['day', "'infinity'", "holds PostgreSQL's infinity"],
    ['day', "'-infinity'", "holds PostgreSQL's infinity"],
    ['day', "'0001-12-31 BC'", 'holds a time outside of the years 1 to 9999'],
    ['day', "'5874897-12-31'", 'holds a time outside of the years 1 to 9999'],
    ['clock', "'12:34:56+05:30'", 'holds a time with a zone'],
    ['exact', "'NaN'", 'holds a decimal that is not a number'],
    ['exact', "'-Infinity'", 'holds a decimal that is not a number'],
    ['json', `'{"n": 12345678901234567890}'`, 'holds JSON with a number of more digits'],
    ['status', "'GONE'", 'holds a value that is not in its enum'],
    ['small', '2147483648', 'holds a number that is not an integer of 32 bits'],
    ['list', 'ARRAY[1, NULL, 3]', 'holds a list with a NULL in it'],
    ['texts', "ARRAY[['a'], ['b']]", 'holds a list of more than one dimension'],
    ['needed', "'infinity'", "holds PostgreSQL's infinity"],
  ];
  const NULLABLE = BAD.filter(([column]) => !['list', 'texts', 'needed'].includes(column));

  async function tenRows(column: string, sql: string, bad: readonly number[]): Promise<void> {
    await database.run('DELETE FROM "Bad"');
    await database.run('INSERT INTO "Bad" (id) SELECT generate_series(1, 10)');
    await database.run(`UPDATE "Bad" SET ${column} = ${sql} WHERE id IN (${bad.join(', ')})`);
  }

  it.each(
    BAD,
  )('that no message can hold, as %s = %s, end the stream behind the rows before them', async (column, sql, problem) => {
    await tenRows(column, sql, [6, 8]);
    for (const messages of ['rows', 'batches'] as const) {
      for (const chunkSize of [3, 100]) {
        const { ids, error, position, report } = await served.read('bad', { chunkSize }, { messages });
        expect(ids).toEqual([1, 2, 3, 4, 5]);
        expect(error).toMatchObject({
          code: status.INTERNAL,
          details: expect.stringContaining(`Bad.${column} ${problem}`),
        });
        // The value itself may be nobody's business.
        expect(String(error)).not.toMatch(/GONE|12345678901234567890/);
        expect(position).toEqual({ rows: 5, after: { id: 5 } });
        const { lines, summary } = await report();
        expect(lines.find(({ level }) => level === 'error')?.fields.err).toMatchObject({
          model: 'Bad',
          field: column,
          key: 'id 6',
        });
        expect(summary).toMatchObject({ end: 'failed', status: 'INTERNAL', rows: 5, valuesLeftOut: 0 });
      }
    }
  });

  it.each(
    NULLABLE,
  )('that no message can hold, as %s = %s, are left out where the server may', async (column, sql, problem) => {
    await tenRows(column, sql, [6, 8]);
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

  it.each(
    BAD.filter((bad) => !NULLABLE.includes(bad)),
  )('that no message can hold end the stream all the same where NULL is none, as %s = %s', async (column, sql, problem) => {
    await tenRows(column, sql, [6]);
    const { ids, error } = await lenient.read('bad', { chunkSize: 4 });
    expect(ids).toEqual([1, 2, 3, 4, 5]);
    expect(error).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining(`Bad.${column} ${problem}`),
    });
  });

  it('that no message can hold are never left out of the order that a client would resume in', async () => {
    await tenRows('zoned', "'infinity'", [6, 8]);
    await database.run(`UPDATE "Bad" SET zoned = '2024-01-01 00:00:00+00' WHERE id <= 3`);
    const { ids, error } = await lenient.read('bad', { order: 'BAD_SORT_ORDER_ZONED_ASC', chunkSize: 2 });
    expect(ids).toEqual([1, 2, 3]);
    expect(error).toMatchObject({ code: status.INTERNAL, details: expect.stringContaining('Bad.zoned holds') });
  });
});
