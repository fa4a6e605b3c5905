import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyColumn, keysetSource, type Row } from '../../src/runtime/index.js';
import { keyOf } from '../../src/runtime/rows/keyset-source.js';
import { type Delegate, openProject, type Project } from '../support/open-project.js';
import { ORDERED_SCHEMA, orderedTable } from '../support/ordered-table.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';

const anyChunkSize = fc.integer({ min: 1, max: 12 });
const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => Number(id));

describe.each(['sqlite', 'postgresql'] as const)('a keyset read of %s', (provider) => {
  let postgres: PostgresServer | undefined;
  let project: Project;
  let table: Delegate;

  beforeAll(async () => {
    const server = provider === 'postgresql' ? await startPostgres() : undefined;
    postgres = server;
    project = await openProject(ORDERED_SCHEMA(provider), (folder) =>
      server
        ? new PrismaPg({ connectionString: server.url })
        : new PrismaBetterSqlite3({ url: `file:${join(folder, 'ordered.db')}` }),
    );
    table = project.delegate('ordered');
  });
  afterAll(async () => {
    await project?.close();
    await postgres?.stop();
  });

  it('reads every row once, in any order of any columns, from any row on and up to any other', async () => {
    await fc.assert(
      fc.asyncProperty(orderedTable(provider), anyChunkSize, fc.nat(), async ({ key, rows }, chunkSize, at) => {
        await fill(rows);
        expect(idsOf(await readAll({ delegate: table, key }, chunkSize))).toEqual(idsOf(rows));
        const row = rows[at % Math.max(1, rows.length)];
        if (!row) return;
        const after = keyOf(row, key);
        const place = at % rows.length;
        expect(idsOf(await readAll({ delegate: table, key, after }, chunkSize))).toEqual(idsOf(rows.slice(place + 1)));
        if (key.some(({ nulls }) => nulls)) return;
        const upTo = await readAll({ delegate: table, key, upTo: after }, chunkSize);
        expect(idsOf(upTo)).toEqual(idsOf(rows.slice(0, place + 1)));
      }),
      { numRuns: 120, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('keeps its filter and its selection across chunks', async () => {
    await fc.assert(
      fc.asyncProperty(orderedTable(provider), anyChunkSize, async ({ key, rows }, chunkSize) => {
        await fill(rows);
        const select = Object.fromEntries(['id', ...key.map(({ field }) => field)].map((name) => [name, true]));
        const found = await readAll({ delegate: table, key, select, where: { anInt: { gte: 0 } } }, chunkSize);
        expect(idsOf(found)).toEqual(idsOf(rows.filter(({ anInt }) => Number(anInt) >= 0)));
        for (const row of found) expect(Object.keys(row).sort()).toEqual(Object.keys(select).sort());
      }),
      { numRuns: 40, interruptAfterTimeLimit: 30_000 },
    );
  });

  it('reads each row that exists throughout exactly once, while others are inserted and deleted', async () => {
    const change = fc.record({ remove: fc.array(fc.nat({ max: 29 })), insert: fc.nat({ max: 5 }) });
    await fc.assert(
      fc.asyncProperty(
        orderedTable(provider),
        fc.array(change, { maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        async ({ key, rows }, changes, chunkSize) => {
          const throughout = new Set(idsOf(rows));
          await fill(rows);
          let nextId = 2000;
          const left = [...changes];
          const found = await readAll({ delegate: table, key }, chunkSize, async () => {
            const { remove, insert } = left.shift() ?? { remove: [], insert: 0 };
            const gone = remove.flatMap((index) => rows[index]?.id ?? []);
            for (const id of gone) throughout.delete(Number(id));
            await table.deleteMany({ where: { id: { in: gone } } });
            // New rows beside the old ones: most tie with a row that is there.
            const added = rows.slice(0, insert).map((row) => ({ ...row, id: nextId++ }));
            if (added.length > 0) await table.createMany({ data: added });
          });
          const got = idsOf(found);
          expect(new Set(got).size).toBe(got.length);
          expect([...throughout].filter((id) => !got.includes(id))).toEqual([]);
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 60_000 },
    );
  });

  async function fill(rows: readonly Row[]): Promise<void> {
    await table.deleteMany();
    // Not in their order.
    if (rows.length > 0) await table.createMany({ data: [...rows].reverse() });
  }
});

async function readAll(
  options: Parameters<typeof keysetSource>[0] & { readonly key: readonly KeyColumn[] },
  chunkSize: number,
  onChunk: () => Promise<void> = async () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of keysetSource(options)({ chunkSize, signal: new AbortController().signal })) {
    rows.push(...chunk);
    await onChunk();
  }
  return rows;
}
