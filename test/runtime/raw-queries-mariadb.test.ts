import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowReader } from '../../src/runtime/index.js';
import { EVERYTHING_SCHEMA } from '../support/everything.js';
import { type MariaDbServer, missingMariaDb, startMariaDb } from '../support/mariadb.js';
import { storableRow } from '../support/storable-row.js';
import { openTwoRoads, type ReadOptions, type TwoRoads } from '../support/two-roads.js';

const scalars = EVERYTHING_SCHEMA.slice(EVERYTHING_SCHEMA.indexOf('model'))
  .replace('model Everything', 'model Scalars')
  .replace('id Int', 'id Int @id')
  .replace(/^ +(some|@@id).*\n/gm, '')
  .replace(/^ +(part|aString|maybeString) String\??/gm, '$& @db.LongText');

const schema = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "mysql"
}
enum Mood {
  CALM
  NOT_CALM
  onEdge
}
${scalars}
model Native {
  id String @id
  tiny Int @db.TinyInt
  small Int @db.SmallInt
  medium Int @db.MediumInt
  natural Int @db.UnsignedInt
  single Float @db.Float
  exact Decimal @db.Decimal(30, 10)
  fixed String @db.Char(5)
  text String @db.Text
  tree Json @db.Json
  stamp DateTime @db.Timestamp(3)
  fine DateTime @db.DateTime(6)
  whole DateTime @db.DateTime(0)
  day DateTime @db.Date
  blob Bytes @db.Blob
  binary Bytes @db.Binary(4)
}
model Unsure {
  id String @id
  clock DateTime @db.Time(3)
  year Int @db.Year
  bit Boolean @db.Bit(1)
  huge BigInt @db.UnsignedBigInt
}
model Pair {
  part String
  id Int
  @@id([part, id])
}
`;

const both = (suffix: string, type: string) => [`a${suffix} ${type} NOT NULL`, `maybe${suffix} ${type} NULL`];

const tables = [
  `CREATE TABLE Scalars (id INT NOT NULL PRIMARY KEY, part LONGTEXT NOT NULL, anInt INT NOT NULL, maybeInt INT NULL, ${[
    ...both('String', 'LONGTEXT'),
    ...both('Boolean', 'BOOLEAN'),
    ...both('BigInt', 'BIGINT'),
    ...both('Float', 'DOUBLE'),
    ...both('Decimal', 'DECIMAL(65, 30)'),
    ...both('DateTime', 'DATETIME(3)'),
    ...both('Json', 'JSON'),
    ...both('Bytes', 'LONGBLOB'),
    ...both('Mood', "ENUM('CALM', 'NOT_CALM', 'onEdge')"),
  ].join(', ')}) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE Native (id VARCHAR(191) NOT NULL PRIMARY KEY, tiny TINYINT NOT NULL, small SMALLINT NOT NULL,
    medium MEDIUMINT NOT NULL, \`natural\` INT UNSIGNED NOT NULL, single FLOAT NOT NULL, exact DECIMAL(30, 10) NOT NULL,
    fixed CHAR(5) NOT NULL, text TEXT NOT NULL, tree JSON NOT NULL, stamp TIMESTAMP(3) NOT NULL, fine DATETIME(6) NOT NULL,
    whole DATETIME NOT NULL, day DATE NOT NULL, \`blob\` BLOB NOT NULL, \`binary\` BINARY(4) NOT NULL
  ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE Unsure (id VARCHAR(191) NOT NULL PRIMARY KEY, clock TIME(3) NOT NULL, year YEAR NOT NULL, bit BIT(1) NOT NULL,
    huge BIGINT UNSIGNED NOT NULL)`,
  'CREATE TABLE Pair (part VARCHAR(191) NOT NULL, id INT NOT NULL, PRIMARY KEY (part, id))',
];

const missing = missingMariaDb();
if (missing) process.stderr.write(`Skipped on MariaDB: ${missing}\n`);

/** MariaDB promises dates from the year 1000 on; its driver reads some that are earlier as no date at all. */
const datedRow = storableRow.filter((row) =>
  Object.values(row).every((value) => !(value instanceof Date) || value.getUTCFullYear() >= 1000),
);

describe.skipIf(missing)('rows read by SQL from MariaDB', () => {
  let server: MariaDbServer;
  let roads: TwoRoads;

  beforeAll(async () => {
    server = await startMariaDb();
    roads = await openTwoRoads(schema, () => new PrismaMariaDb(server.url), tables);
  });
  afterAll(async () => {
    await roads?.close();
    await server?.stop();
  });

  it('are, to the byte, the rows that come through the client', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(datedRow, { minLength: 1, maxLength: 8 }), fc.nat(), async (rows, from) => {
        const delegate = roads.delegate('scalars');
        await delegate.deleteMany();
        await delegate.createMany({ data: rows.map((row, id) => ({ ...row, id })) });
        await sameInEveryWay('Scalars', { id: from % 8 }, { id: (from % 8) + 3 });
      }),
      { numRuns: 30, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('go on behind a text as its collation orders it, which takes a and A for the same and é for e', async () => {
    const ids = ['b', 'A', 'é', 'Z', 'äa', 'eb', 'ea', 'ß', 'st', 'sr', '😀', '10', '9', 'a-b', 'a b', ''];
    for (const [index, id] of ids.entries()) await insertNative(id, index);
    const found = await roads.bytesByClient('Native');
    expect(found.length).toBeGreaterThan(0);
    expect(await roads.bytesBySql('Native')).toEqual(found);
    for (const id of ids) await sameInEveryWay('Native', { id }, { id: 'st' });
  });

  it('never go through the client where SQL is sure, and always where it is not', async () => {
    const asked: string[] = [];
    const spied = new Proxy(roads.prisma, {
      get: (prisma, name) => {
        const delegate: unknown = Reflect.get(prisma, name);
        if (typeof name !== 'string' || !/^[a-z]/.test(name)) return delegate;
        const findMany = (args: never) => {
          asked.push(name);
          return (delegate as RowReader).findMany(args);
        };
        return { findMany };
      },
    });
    for (const model of ['Scalars', 'Native', 'Unsure', 'Pair']) await roads.bytesBySql(model, { client: spied });
    expect([...new Set(asked)]).toEqual(['unsure', 'pair']);
  });

  async function sameInEveryWay(name: string, after: { readonly id: unknown }, upTo: { readonly id: unknown }) {
    const model = await roads.model(name);
    const [descending = model.key] = [...model.orders.values()].filter((order) => order[0]?.direction === 'desc');
    const fields = model.fields.filter((_, index) => index % 3 === 0);
    const ways: ReadOptions[] = [
      {},
      { after },
      { upTo },
      { order: descending },
      { order: descending, after },
      { after, upTo, fields },
      { limit: 2 },
    ];
    for (const asked of ways) {
      expect(await roads.bytesBySql(name, asked)).toEqual(await roads.bytesByClient(name, asked));
    }
  }

  async function insertNative(id: string, index: number): Promise<void> {
    const numbers = [
      -(index % 128),
      -index * 1000,
      index * 100_000,
      index * 250_000_000,
      index / 3,
      `'${index}.0123456789'`,
    ];
    const texts = ["'ab'", "'Prévoyance 数'", `'{"b": 1, "a": [null, "x"]}'`];
    const stamps = [
      "'2024-02-29 23:59:59.123'",
      "'1969-12-31 23:59:59.999999'",
      "'2024-02-29 23:59:59'",
      "'1582-10-15'",
    ];
    const values = [`'${id}'`, ...numbers, ...texts, ...stamps, "x'00ff'", "x'01'"];
    await roads.prisma.$executeRawUnsafe(`INSERT INTO Native VALUES (${values.join(', ')})`);
  }
});
