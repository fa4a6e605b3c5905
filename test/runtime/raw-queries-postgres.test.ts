import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowReader } from '../../src/runtime/index.js';
import { EVERYTHING_SCHEMA } from '../support/everything.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { storableRow } from '../support/storable-row.js';
import { manyWays, openTwoRoads, type TwoRoads } from '../support/two-roads.js';

const schema = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
${EVERYTHING_SCHEMA}
${EVERYTHING_SCHEMA.slice(EVERYTHING_SCHEMA.indexOf('model'))
  .replace('model Everything', 'model Scalars')
  .replace(/^ +some.*\n/gm, '')}
model Common {
  id String @id @db.Uuid
  stamp DateTime @db.Timestamptz(6)
  plain DateTime @db.Timestamp(6)
  day DateTime @db.Date
  exact Decimal @db.Decimal(30, 10)
  fixed String @db.Char(5)
  varied String @db.VarChar(9)
  small Int @db.SmallInt
  text Json @db.Json
  tree Json @db.JsonB
}
model Native {
  id String @id @db.Uuid
  stamp DateTime @db.Timestamptz(6)
  plain DateTime @db.Timestamp(6)
  day DateTime @db.Date
  clock DateTime @db.Time(3)
  clockZone DateTime @db.Timetz(3)
  money Decimal @db.Money
  exact Decimal @db.Decimal(30, 10)
  fixed String @db.Char(5)
  small Int @db.SmallInt
  oid Int @db.Oid
  real Float @db.Real
  inet String @db.Inet
  bits String @db.VarBit(8)
  text Json @db.Json
  tree Json @db.JsonB
  stamps DateTime[] @db.Timestamptz(3)
  days DateTime[] @db.Date
  exacts Decimal[] @db.Decimal(20, 5)
  blobs Bytes[]
  trees Json[]
}
`;

describe('rows read by SQL from PostgreSQL', () => {
  let server: PostgresServer;
  let roads: TwoRoads;

  beforeAll(async () => {
    server = await startPostgres();
    roads = await openTwoRoads(schema, () => new PrismaPg({ connectionString: server.url }));
  });

  afterAll(async () => {
    await roads?.close();
    await server?.stop();
  });

  it('are, to the byte, the rows that come through the client', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(storableRow, { minLength: 1, maxLength: 8 }), fc.nat(), async (rows, from) => {
        const scalars = roads.delegate('scalars');
        const after = { part: ['a', 'B', 'é'][from % 3], id: from % 8 };
        await scalars.deleteMany();
        await scalars.createMany({ data: rows.map((row, id) => ({ ...row, id, part: ['a', 'B', 'é'][id % 3] })) });
        expect(await roads.bytesBySql('Scalars')).toEqual(await roads.bytesByClient('Scalars'));
        for (const asked of await manyWays(roads, 'Scalars', after)) {
          expect(await roads.bytesBySql('Scalars', asked)).toEqual(await roads.bytesByClient('Scalars', asked));
        }
      }),
      { numRuns: 30, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('mean the same in every type that only PostgreSQL has, read by SQL where that is sure', async () => {
    const stamps = ["'2024-02-29 23:59:59.123456+02'", "'0044-03-15 12:00:00+00'", "'1969-12-31 23:59:59.999+00'"];
    for (const [index, stamp] of stamps.entries()) {
      const id = `'0000000${index}-0000-4000-8000-000000000000'`;
      const [plain, day, exact] = ["'2024-02-29 23:59:59.123456'", "'1582-10-15'", "'12345678901234567890.0123456789'"];
      const json = `'{"b": 1, "a": [null, "x"]}'`;
      await insert('Common', [id, stamp, plain, day, exact, "'ab'", "'abc'", '-7', json, json]);
      await insert('Native', [
        ...[id, stamp, plain, day, "'12:34:56.789'", "'12:34:56.789+02'", "'-1234.50'", exact, "'ab'", '-7', '4294'],
        ...[
          '0.1',
          "'10.0.0.1/8'",
          "B'101'",
          json,
          json,
          `ARRAY[${stamp}]::timestamptz[]`,
          `ARRAY['2024-02-29']::date[]`,
        ],
        ...['ARRAY[1.50, 2]::numeric[]', `ARRAY['\\x00ff']::bytea[]`, `ARRAY['{"a":null}', '7']::jsonb[]`],
      ]);
    }
    const after = { id: '00000000-0000-4000-8000-000000000000' };
    for (const model of ['Common', 'Native']) {
      const bytes = await roads.bytesByClient(model);
      expect(bytes.length).toBeGreaterThan(0);
      expect(await roads.bytesBySql(model)).toEqual(bytes);
      expect(await roads.bytesBySql(model, { after })).toEqual(await roads.bytesByClient(model, { after }));
    }
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
    for (const model of ['Scalars', 'Common', 'Everything', 'Native']) await roads.bytesBySql(model, { client: spied });
    expect([...new Set(asked)]).toEqual(['everything', 'native']);
  });

  async function insert(table: string, values: readonly string[]): Promise<void> {
    await roads.prisma.$executeRawUnsafe(`INSERT INTO "${table}" VALUES (${values.join(', ')})`);
  }
});
