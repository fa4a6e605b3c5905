import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asMessage, EDGES_MODEL, edgeRow, plain } from './support/edge-values.js';
import { openValueStream, TS_PROTO_ROADS, type ValueStream } from './support/value-stream.js';
import { writeRows } from './support/write-rows.js';

const schema = `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
${EDGES_MODEL}
`;

/** SQLite keeps a decimal as a floating-point number: fifteen digits are what it can promise. */
const fifteenDigits = fc
  .tuple(fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, scale]) => `${digits}e-${scale}`);

let stream: ValueStream;

beforeAll(async () => {
  stream = await openValueStream(
    schema,
    (folder) => new PrismaBetterSqlite3({ url: `file:${join(folder, 'values.db')}` }),
  );
});
afterAll(() => stream?.close());

describe('values in SQLite', () => {
  it('arrive as they were written, by SQL and by Prisma', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edgeRow({ exact: fifteenDigits }), { minLength: 1, maxLength: 10 }), async (rows) => {
        const written = await writeRows(stream, 'edge', rows);
        for (const road of TS_PROTO_ROADS) {
          expect((await stream.receive('Edge', road)).map(plain)).toEqual(written.map(asMessage));
        }
      }),
      { numRuns: 20, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('arrive as they were written when a text holds the character NUL', async () => {
    const [row] = fc.sample(edgeRow({ exact: fifteenDigits }), { numRuns: 1, seed: 3 });
    const written = await writeRows(stream, 'edge', [{ ...row, text: 'a\0b' }]);
    for (const road of TS_PROTO_ROADS) {
      expect((await stream.receive('Edge', road)).map(plain)).toEqual(written.map(asMessage));
    }
  });

  it('that UTF-8 cannot encode, such as half a surrogate pair, arrive as U+FFFD', async () => {
    const [row] = fc.sample(edgeRow({ exact: fifteenDigits }), { numRuns: 1, seed: 3 });
    await writeRows(stream, 'edge', [{ ...row, text: 'a\ud800' }]);
    for (const road of TS_PROTO_ROADS) {
      const [received] = await stream.receive('Edge', road);
      expect(received?.text).toMatch(/^a\ufffd+$/);
    }
  });

  it('that do not fit the type of their column are refused instead of changed', async () => {
    const [row] = fc.sample(edgeRow({ exact: fifteenDigits }), { numRuns: 1, seed: 3 });
    await writeRows(stream, 'edge', [row ?? {}]);
    await stream.execute('UPDATE "Edge" SET int = 2147483648');
    await expect(stream.receive('Edge', 'read by SQL, received by ts-proto')).rejects.toThrow(/INTERNAL/);
  });
});
