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
      { numRuns: 12, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('never go through the client, with lists and without', async () => {
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
    for (const model of ['Scalars', 'Everything']) await roads.bytesBySql(model, { client: spied });
    expect(asked).toEqual([]);
  });
});
