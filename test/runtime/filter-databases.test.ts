import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defaultStreamingSettings,
  keysetSource,
  type Row,
  type RowReader,
  type StreamedModel,
} from '../../src/runtime/index.js';
import { parseFilter } from '../../src/runtime/request/parse-filter.js';
import { type Condition, fieldConditions, prismaWhere } from '../../src/runtime/rows/condition.js';
import { modelReading } from '../../src/runtime/rows/model-reading.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import { idsOfChunks } from '../support/chunk-ids.js';
import { type Delegate, openProject, type Project } from '../support/open-project.js';
import { ORDERED_SCHEMA, orderedTable } from '../support/ordered-table.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

const key = [{ field: 'id' }];

describe.each(['sqlite', 'postgresql'] as const)('a filter of %s', (provider) => {
  let postgres: PostgresServer | undefined;
  let project: Project;
  let table: Delegate;
  let model: StreamedModel;

  beforeAll(async () => {
    const server = provider === 'postgresql' ? await startPostgres() : undefined;
    postgres = server;
    project = await openProject(ORDERED_SCHEMA(provider), (folder) =>
      server
        ? new PrismaPg({ connectionString: server.url })
        : new PrismaBetterSqlite3({ url: `file:${join(folder, 'filtered.db')}` }),
    );
    table = project.delegate('ordered');
    model = await project.model('Ordered');
  });
  afterAll(async () => {
    await project?.close();
    await postgres?.stop();
  });

  it('matches exactly the right rows, NULL or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        orderedTable(provider),
        fc.array(anyFilter, { minLength: 5, maxLength: 5 }),
        async (all, filters) => {
          await fill(all.rows);
          for (const filter of filters) {
            const condition = parseFilter(filter, model);
            const expected = await idsOf(inMemoryDelegate(all.rows), prismaWhere(condition, provider));
            expect(await idsBySql(condition)).toEqual(expected);
            // Dates of SQLite are compared by their text there.
            if (provider === 'sqlite' && fieldConditions(condition).some(({ field }) => field.type === 'DateTime'))
              continue;
            expect(await idsOf(table, prismaWhere(condition, provider))).toEqual(expected);
          }
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('searches for the exact text, also with characters that are special to LIKE, or refuses it', async () => {
    const texts = ['50%', '50x', 'a_b', 'axb', 'a\\b', 'a\\\\b', 'a\\_b', "o'clock", '[a]', 'plain'];
    const [row] = fc.sample(
      orderedTable(provider).filter(({ rows }) => rows.length > 0),
      { numRuns: 1, seed: 7 },
    );
    await fill(texts.map((aString, id) => ({ ...row?.rows[0], id, aString })));
    const cannot = provider === 'sqlite' ? ['%', '_', '[a', 'a\\_'] : [];
    for (const needle of ['%', '_', '\\', '\\\\', 'a\\_', "'", '[a', '50', 'a', '!', '!%']) {
      for (const [member, has] of [
        ['contains', (text: string) => text.includes(needle)],
        ['startsWith', (text: string) => text.startsWith(needle)],
      ] as const) {
        const condition = parseFilter({ aString: { [member]: needle } }, model);
        const expected = texts.flatMap((text, id) => (has(text) ? id : []));
        expect(await idsBySql(condition)).toEqual(expected);
        const throughClient = async () => idsOf(table, prismaWhere(condition, provider));
        if (cannot.includes(needle) || (provider === 'sqlite' && needle === '!%'))
          await expect(throughClient()).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
        else expect(await throughClient()).toEqual(expected);
      }
    }
  });

  /** Reads by SQL through the project's own adapter. */
  async function idsBySql(filter: Condition): Promise<number[]> {
    const { prisma, adapter } = project;
    const { read } = modelReading(model, { prisma: prisma as never, adapter }, { settings: defaultStreamingSettings });
    const source = read({
      filter,
      fields: undefined,
      order: model.key,
      after: undefined,
      upTo: undefined,
      limit: undefined,
    });
    return idsOfChunks(source, 4);
  }

  async function fill(rows: readonly Row[]): Promise<void> {
    await table.deleteMany();
    if (rows.length > 0) await table.createMany({ data: rows });
  }
});

async function idsOf(delegate: RowReader, where: object): Promise<number[]> {
  const ids: number[] = [];
  for await (const chunk of keysetSource({ delegate, key, where })({
    chunkSize: 4,
    signal: new AbortController().signal,
  })) {
    ids.push(...chunk.map(({ id }) => Number(id)));
  }
  return ids;
}

const INTS = fc.constantFrom(-(2 ** 31), -1, 0, 7, 2 ** 31 - 1, 3);
const MOODS = fc.constantFrom('MOOD_WILD', 'MOOD_CALM', 'MOOD_ON_EDGE');
const TEXTS = fc.constantFrom('', 'A', 'a', 'é', 'b');
const TIMES = fc.constantFrom(-1001, 0, 999, 5).map((ms) => new Date(ms));

/** Filters as the codec hands them on, of any columns, combined in any way. */
const { filter: anyFilter } = fc.letrec<{ filter: object; column: object }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'filter' },
    tie('column'),
    tie('filter').map((inner) => ({ not: inner })),
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((inner) => ({ or: inner })),
    fc
      .tuple(tie('column'), fc.array(tie('filter'), { minLength: 1, maxLength: 2 }))
      .map(([one, and]) => ({ ...one, and })),
  ),
  column: fc.oneof(
    columnOf(['anInt', 'maybeInt', 'id'], INTS, true),
    columnOf(['aBigInt'], INTS.map(BigInt), true),
    columnOf(['aString', 'maybeString'], TEXTS, true),
    columnOf(['aDateTime', 'maybeDateTime'], TIMES, true),
    columnOf(['aMood', 'maybeMood'], MOODS, false),
    fc.boolean().map((equals) => ({ aBoolean: { equals } })),
  ),
}));

function columnOf(names: readonly string[], values: fc.Arbitrary<unknown>, ordered: boolean): fc.Arbitrary<object> {
  const comparison = fc.constantFrom('equals', ...(ordered ? ['lt', 'lte', 'gt', 'gte'] : []));
  const condition = fc.oneof(
    fc.tuple(comparison, values).map(([name, value]) => ({ [name]: value })),
    fc.array(values, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
    fc.boolean().map((isNull) => ({ isNull })),
    fc.tuple(comparison, values, fc.boolean()).map(([name, value, isNull]) => ({ [name]: value, isNull })),
  );
  return fc.tuple(fc.constantFrom(...names), condition).map(([name, conditions]) => ({ [name]: conditions }));
}
