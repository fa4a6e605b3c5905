import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { anyExact, asMessage, EDGES_MODEL, edgeRow, plain } from './support/edge-values.js';
import { openValueStream, TS_PROTO_ROADS, type ValueStream, type Values } from './support/value-stream.js';
import { writeRows } from './support/write-rows.js';

const schema = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "postgresql"
}
${EDGES_MODEL}
model Number {
  id Int @id
  float Float
  exact Decimal
  wide Decimal @db.Decimal
  oid Int @db.Oid
}
model Tree {
  id Int @id
  json Json
  maybeJson Json?
}
`;

let server: PostgresServer;
let stream: ValueStream;

beforeAll(async () => {
  server = await startPostgres();
  stream = await openValueStream(schema, () => new PrismaPg({ connectionString: server.url }));
});
afterAll(async () => {
  await stream?.close();
  await server?.stop();
});

describe('values in PostgreSQL', () => {
  it('arrive as they were written, by SQL and by Prisma', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edgeRow({ exact: anyExact }), { minLength: 1, maxLength: 10 }), async (rows) => {
        const written = await writeRows(stream, 'edge', rows);
        for (const road of TS_PROTO_ROADS) {
          expect((await stream.receive('Edge', road)).map(plain)).toEqual(written.map(asMessage));
        }
      }),
      { numRuns: 20, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('arrive as they were written when numbers are not finite or use every digit', async () => {
    const doubles = [...fc.sample(fc.double(), { numRuns: 30, seed: 7 }), Number.NaN, Infinity, -Infinity, 5e-324, -0];
    const exact = ['-99999999999999999999999999999999999.999999999999999999999999999999', '0'];
    const wide = ['-1', `${'9'.repeat(60)}.${'1'.repeat(60)}`];
    const expected = doubles.map((float, id): Values => {
      return {
        id,
        float,
        exact: exact[id % exact.length],
        wide: wide[id % wide.length],
        oid: id === 0 ? 4_294_967_295 : id,
      };
    });
    const rows = expected.map(({ id, float, exact, wide, oid }) => {
      const text = Object.is(float, -0) ? '-0' : String(float);
      return `(${id}, '${text}', '${exact}', '${wide}', ${oid})`;
    });
    await stream.execute(`INSERT INTO "Number" VALUES ${rows.join(', ')}`);
    for (const road of TS_PROTO_ROADS) expect(await stream.receive('Number', road)).toEqual(expected);
  });

  it('of JSON keep null apart from NULL, except in an optional column that Prisma reads, which returns null for both', async () => {
    await stream.execute(`INSERT INTO "Tree" VALUES (1, 'null', 'null'), (2, '[null]', NULL), (3, '{"a":null}', '0')`);
    const jsonNull = { nullValue: 'NULL_VALUE' };
    const list = { listValue: { values: [jsonNull] } };
    const struct = { structValue: { fields: { a: jsonNull } } };
    const bySql = [
      { id: 1, json: jsonNull, maybeJson: jsonNull },
      { id: 2, json: list, maybeJson: null },
      { id: 3, json: struct, maybeJson: { numberValue: 0 } },
    ];
    expect(await stream.receive('Tree', 'read by SQL, received by proto-loader')).toMatchObject(bySql);
    expect(await stream.receive('Tree', 'read by Prisma, received by proto-loader')).toMatchObject([
      { id: 1, json: jsonNull, maybeJson: null },
      ...bySql.slice(1),
    ]);
  });

  it('arrive the same at a client that only knows the proto', async () => {
    const at = new Date(-1);
    const values = {
      text: 'é\u{10ffff}',
      flag: true,
      int: -(2 ** 31),
      big: 2n ** 63n - 1n,
      float: -1.5,
      exact: '0.10',
      at,
    };
    const row = {
      ...values,
      json: { a: [1, null] },
      bytes: Uint8Array.of(0, 255),
      mood: 'NOT_CALM',
      maybeText: '',
      maybeInt: 0,
    };
    await writeRows(stream, 'edge', [row]);
    for (const road of ['read by SQL, received by proto-loader', 'read by Prisma, received by proto-loader'] as const) {
      const [received] = await stream.receive('Edge', road);
      expect(received).toMatchObject({
        ...{
          id: 0,
          text: 'é\u{10ffff}',
          flag: true,
          int: -(2 ** 31),
          big: '9223372036854775807',
          float: -1.5,
          exact: '0.1',
        },
        at: { seconds: '-1', nanos: 999_000_000 },
        bytes: Buffer.of(0, 255),
        mood: 'MOOD_NOT_CALM',
        // What has presence says so: the empty text and nought are values.
        ...{ _maybeText: 'maybeText', maybeText: '', _maybeInt: 'maybeInt', maybeInt: 0 },
        ...{ maybeAt: null, maybeJson: null },
      });
      for (const absent of ['maybeFlag', 'maybeBig', 'maybeFloat', 'maybeExact', 'maybeBytes', 'maybeMood'])
        expect(received).not.toHaveProperty(`_${absent}`);
    }
  });
});
