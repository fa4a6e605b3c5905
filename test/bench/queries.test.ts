import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ProcessExecutor } from '../../src/bench/index.js';
import { verifyReading } from '../../src/bench/rounds/step-task.js';
import { BenchError } from '../../src/errors/index.js';
import { type BenchSetting, plainLoad } from '../../src/results/index.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject } from '../support/served-project.js';
import { openDemo, smallSettings } from './built-demo.js';

/** A bench is waited for, and a busy machine takes its time. */
const PATIENCE_MS = 240_000;

/** A fifth of the table. */
const ROWS = smallSettings.rows / 5;

function setting(query?: string): BenchSetting {
  const load = { ...plainLoad, rows: ROWS, ...(query === undefined ? {} : { query }) };
  return { chunk: 100, checkInterval: 100, mode: 'rows', batchRows: null, load };
}

describe('the orders and filters of the demo’s table', () => {
  let executor: ProcessExecutor;

  beforeAll(async () => {
    executor = await openDemo({ scenarios: ['queries'] });
  }, PATIENCE_MS);

  afterAll(() => executor?.close());

  it('are those that its indexes serve, and a column that none serves', () => {
    expect(executor.queries?.names).toEqual([
      'by id desc',
      'by isbn',
      'by publishedAt',
      'where isbn (index)',
      'where isbn (index), by isbn',
      'where title (no index)',
    ]);
    expect(executor.queries?.notes).toEqual([
      'the filter on isbn finds 751 of 3,000 rows',
      expect.stringMatching(/^the filter on title finds \d+ of 3,000 rows$/),
    ]);
  });

  it('bring the rows that the database finds for them, in its order, to the byte', async () => {
    const checksums = new Set<number>();
    for (const query of [undefined, ...(executor.queries?.names ?? [])]) {
      const asked = setting(query);
      const reading = await executor.stream(asked);
      verifyReading(asked, reading, executor.expected(asked));
      expect(reading.client.streams).toMatchObject([{ rows: ROWS }]);
      checksums.add(executor.expected(asked).checksum);
    }
    // The numbers of the demo's books rise with their keys: what is asked for by them is the plain stream's.
    expect(checksums.size).toBe(4);
  });

  it('fail where the rows of one come for another', async () => {
    const reading = await executor.stream(setting('by isbn'));
    const asked = setting('by publishedAt');
    expect(() => verifyReading(asked, reading, executor.expected(asked))).toThrow(BenchError);
  });
});

/** One with indexes of several columns, in both directions and on what may be NULL, and one without any. */
const MODELS = `
model Reading {
  id       BigInt   @id @default(autoincrement())
  sensor   Int
  takenAt  DateTime
  value    Float?
  remark   String?

  @@index([sensor, takenAt(sort: Desc)])
  @@index([value])
}

model Switch {
  id   Int     @id @default(autoincrement())
  isOn Boolean
}
`;

const resultShape = z.object({
  table: z.object({ rows: z.number(), verified: z.literal('independent') }),
  scenarios: z.tuple([
    z.object({
      name: z.literal('queries'),
      notes: z.array(z.string()),
      cells: z.array(z.object({ rows: z.number(), load: z.object({ query: z.string().optional() }) })),
    }),
  ]),
});

describe('a project’s own models', () => {
  let project: Awaited<ReturnType<typeof generatedProject>>;
  const file = () => join(project.folder, 'queries.db');
  const env = () => ({ DATABASE_URL: `file:${file()}` });

  beforeAll(async () => {
    project = await generatedProject('sqlite', { schema: (schema) => schema + MODELS });
  }, PATIENCE_MS);

  afterAll(() => project?.remove());

  async function bench(model: string) {
    await runNode(project.folder, [cli, 'seed', '--model', model, '--rows', '1000', '--quiet'], env());
    const flags = ['--model', model, '--scenario', 'queries', '--rounds', '1', '--json', '--quiet'];
    return resultShape.parse(JSON.parse(await runNode(project.folder, [cli, 'bench', ...flags], env())));
  }

  it(
    'are read in their own orders and with filters on their own columns, every row checked',
    async () => {
      const { scenarios } = await bench('Reading');
      const [{ cells, notes }] = scenarios;
      expect(cells.map(({ load }) => load.query)).toEqual([
        undefined,
        'by id desc',
        'by sensor, takenAt desc',
        'by value',
        'where sensor (index)',
        'where sensor (index), by sensor, takenAt desc',
        'where takenAt (no index)',
      ]);
      expect(cells.every(({ rows }) => rows === 200)).toBe(true);
      const database = new Database(file(), { readonly: true });
      const found = database
        .prepare(
          'SELECT count(*) AS found FROM Reading WHERE sensor <= (SELECT sensor FROM Reading ORDER BY sensor LIMIT 1 OFFSET 250)',
        )
        .get();
      database.close();
      expect(notes).toContain(
        `the filter on sensor finds ${z.object({ found: z.number() }).parse(found).found} of 1,000 rows`,
      );
    },
    PATIENCE_MS,
  );

  it(
    'that lack them say so, and the plain stream is measured alone',
    async () => {
      const [{ cells, notes }] = (await bench('Switch')).scenarios;
      expect(cells.map(({ load }) => load.query)).toEqual([undefined, 'by id desc']);
      expect(notes).toEqual([
        'no filter on a column that an index begins with: Switch has none',
        'no filter on a column that no index serves: Switch has none',
      ]);
    },
    PATIENCE_MS,
  );
});
