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
      { numRuns: 12, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('never go through the client', async () => {
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
    await roads.bytesBySql('Scalars', { client: spied });
    expect(asked).toEqual([]);
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
});
