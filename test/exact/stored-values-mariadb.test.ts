import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTimestamp } from '../../src/model/index.js';
import { closeReader, type SqlReaderFactory } from '../../src/runtime/index.js';
import { missingMariaDb } from '../support/mariadb.js';
import { type ServedSchema, serveSchema } from './support/served-schema.js';
import { mariaDbDatabase, type StoredDatabase } from './support/stored-databases.js';

const SCHEMA = `
datasource db {
  provider = "mysql"
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
model Change {
  id Int      @id
  at DateTime @db.Timestamp(3)
  @@index([at])
}
model Moment {
  at DateTime @id @db.Timestamp(0)
}
model Fine {
  id    Int      @id
  at    DateTime @db.DateTime(6)
  zoned DateTime @db.Timestamp(6)
  clock DateTime @db.Time(6)
}
model Number {
  id   Int   @id
  size Float
}
model Bad {
  id     Int       @id
  stamp  DateTime? @db.Timestamp(3)
  plain  DateTime? @db.DateTime(6)
  day    DateTime? @db.Date
  clock  DateTime? @db.Time(3)
  status Status?
  small  Int?
  json   Json?
  needed DateTime  @db.DateTime(0)
}
`;

const TABLES = [
  "CREATE TABLE Article (status ENUM('DRAFT', 'PUBLISHED') NOT NULL, n INT NOT NULL, PRIMARY KEY (status, n))",
  "INSERT INTO Article VALUES ('DRAFT', 1), ('PUBLISHED', 2)",
  // What a migration makes of it, which puts the new one at the end.
  "ALTER TABLE Article MODIFY status ENUM('DRAFT', 'PUBLISHED', 'REVIEW') NOT NULL",
  'CREATE TABLE `Change` (id INT PRIMARY KEY, at TIMESTAMP(3) NOT NULL DEFAULT 0, INDEX (at))',
  'CREATE TABLE Moment (at TIMESTAMP NOT NULL DEFAULT 0, PRIMARY KEY (at))',
  'CREATE TABLE Fine (id INT PRIMARY KEY, at DATETIME(6) NOT NULL, zoned TIMESTAMP(6) NOT NULL DEFAULT 0, clock TIME(6) NOT NULL)',
  'CREATE TABLE Number (id INT PRIMARY KEY, size DOUBLE NOT NULL)',
  `CREATE TABLE Bad (id INT PRIMARY KEY, stamp TIMESTAMP(3) NULL, plain DATETIME(6) NULL, day DATE NULL, clock TIME(3) NULL,
    status ENUM('DRAFT', 'GONE') NULL, small BIGINT NULL, json LONGTEXT NULL, needed DATETIME NOT NULL DEFAULT '2024-01-01')`,
];

const missing = missingMariaDb();
if (missing) process.stderr.write(`Skipped on MariaDB: ${missing}\n`);

describe.skipIf(missing)('values of MariaDB', () => {
  let database: StoredDatabase;
  let adapter: SqlReaderFactory;
  let served: ServedSchema;
  let lenient: ServedSchema;

  beforeAll(async () => {
    database = await mariaDbDatabase();
    adapter = database.adapter();
    for (const sql of TABLES) await database.run(sql);
    // Values that are wrong are stored all the same, as before MySQL 5.7.
    await database.run("SET sql_mode = 'ANSI_QUOTES,ALLOW_INVALID_DATES'");
    served = await serveSchema(SCHEMA, adapter);
    lenient = await served.again({ onUnreadable: 'null' });
  });
  afterAll(async () => {
    await lenient?.close();
    await served?.close();
    if (adapter) await closeReader(adapter);
    await database?.stop();
  });

  const stored = async (sql: string) => (await database.rows(sql)).map(([value]) => Number(value));

  it('of an enum that a migration added another to are all read in the order of a key, each row once', async () => {
    await database.run(
      "INSERT IGNORE INTO Article SELECT ELT(1 + seq % 3, 'DRAFT', 'REVIEW', 'PUBLISHED'), seq FROM seq_1_to_400",
    );
    for (const way of ['ASC', 'DESC']) {
      const order = `ARTICLE_SORT_ORDER_STATUS_THEN_N_${way}`;
      const { rows, error } = await served.read('article', { order, chunkSize: 37 });
      expect(error).toBeUndefined();
      expect(rows.map(({ n }) => Number(n))).toEqual(
        await stored(`SELECT n FROM Article ORDER BY status ${way}, n ${way}`),
      );
    }
    const parts = await served.read('article', {}, { partitions: 4, ordered: true });
    expect(parts.rows.map(({ n }) => Number(n))).toEqual(await stored('SELECT n FROM Article ORDER BY status, n'));
  });

  it('of a TIMESTAMP are all read across the change of clocks, on a server that is in New York', async () => {
    await database.run(
      "INSERT INTO `Change` SELECT seq, '2024-11-02 12:00:00' + INTERVAL seq * 7 MINUTE FROM seq_1_to_300",
    );
    await database.run('INSERT INTO Moment SELECT at FROM `Change`');
    const epoch = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', at) DIV 1000";
    const epochs = await stored(`SELECT ${epoch} FROM Moment ORDER BY at`);
    for (const [order, expected] of [
      ['CHANGE_SORT_ORDER_AT_ASC', epochs],
      ['CHANGE_SORT_ORDER_AT_DESC', [...epochs].reverse()],
    ] as const) {
      const { rows } = await served.read('change', { order, chunkSize: 23 });
      expect(rows.map(({ at }) => Number(at))).toEqual(expected);
    }
    const after = { at: new Date(Number(epochs[149])) };
    const rest = await served.read('moment', { after, chunkSize: 23 });
    expect(rest.rows.map(({ at }) => Number(at))).toEqual(epochs.slice(150));
    const parts = await served.read('moment', {}, { partitions: 3, ordered: true });
    expect(parts.rows.map(({ at }) => Number(at))).toEqual(epochs);
    const filter = { at: { gte: new Date(Number(epochs[100])), lt: new Date(Number(epochs[130])) } };
    expect((await served.read('change', { filter })).rows).toHaveLength(30);
  });

  it('keep their microseconds, over the wire and back', async () => {
    await database.run(
      "INSERT INTO Fine VALUES (1, '1969-12-31 23:59:59.999999', '2024-02-29 23:59:59.123456', '23:59:59.999999')",
    );
    const { rows } = await served.read('fine');
    const [row] = rows;
    expect([row?.at, row?.zoned, row?.clock].map((date) => formatTimestamp(date as Date))).toEqual([
      '1969-12-31T23:59:59.999999Z',
      '2024-02-29T23:59:59.123456Z',
      '1970-01-01T23:59:59.999999Z',
    ]);
    expect((await served.read('fine', { filter: { zoned: { equals: row?.zoned } } })).ids).toEqual([1]);
    expect((await served.read('fine', { filter: { zoned: { equals: new Date(Number(row?.zoned)) } } })).ids).toEqual(
      [],
    );
  });

  it('that are floating-point numbers are all found by a list of large and small ones', async () => {
    const sizes = ['1e14', '0.30000000000000004', '1e16', '1.7976931348623157e308', '2.2250738585072014e-308', '-0e0'];
    for (const [id, size] of sizes.entries()) await database.run(`INSERT INTO Number VALUES (${id}, ${size})`);
    const filter = { size: { in: sizes.map(Number) } };
    expect((await served.read('number', { filter })).ids).toEqual([0, 1, 2, 3, 4, 5]);
  });

  /** The column, what stands in it, and what is said of it. */
  const BAD: readonly (readonly [column: string, sql: string, problem: string])[] = [
    ['stamp', "'0000-00-00 00:00:00'", 'holds a text that is not a date'],
    ['plain', "'0000-00-00 00:00:00'", 'holds a text that is not a date'],
    ['plain', "'2024-02-31 10:00:00'", 'holds a text that is not a date'],
    ['plain', "'2024-00-00 10:00:00'", 'holds a text that is not a date'],
    ['plain', "'0000-01-01 10:00:00'", 'holds a text that is not a date'],
    ['day', "'0000-00-00'", 'holds a text that is not a date'],
    ['day', "'2024-00-10'", 'holds a text that is not a date'],
    ['clock', "'-01:00:00'", 'holds a text that is not a date'],
    ['clock', "'-00:00:00.001'", 'holds a text that is not a date'],
    ['clock', "'24:00:00'", 'holds a text that is not a date'],
    ['clock', "'838:59:59'", 'holds a text that is not a date'],
    ['status', "''", 'holds a value that is not in its enum'],
    ['status', "'GONE'", 'holds a value that is not in its enum'],
    ['small', '2147483648', 'holds a number that is not an integer of 32 bits'],
    ['json', `'{"n": 12345678901234567890}'`, 'holds JSON with a number of more digits'],
    ['json', "'{no json'", 'holds text that is not JSON'],
    ['needed', "'0000-00-00 00:00:00'", 'holds a text that is not a date'],
  ];
  const NULLABLE = BAD.filter(([column]) => column !== 'needed');

  async function tenRows(column: string, sql: string): Promise<void> {
    await database.run('DELETE FROM Bad');
    await database.run('INSERT INTO Bad (id) SELECT seq FROM seq_1_to_10');
    await database.run(`UPDATE IGNORE Bad SET ${column} = ${sql} WHERE id IN (6, 8)`);
  }

  it.each(
    BAD,
  )('that no message can hold, as %s = %s, end the stream behind the rows before them', async (column, sql, problem) => {
    await tenRows(column, sql);
    for (const messages of ['rows', 'batches'] as const) {
      const { ids, error, position, report } = await served.read('bad', { chunkSize: 4 }, { messages });
      expect(ids).toEqual([1, 2, 3, 4, 5]);
      expect(error).toMatchObject({
        code: status.INTERNAL,
        details: expect.stringContaining(`Bad.${column} ${problem}`),
      });
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
});
