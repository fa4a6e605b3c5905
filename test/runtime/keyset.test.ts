import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyColumn, keysetSource, type Row, type RowReader } from '../../src/runtime/index.js';
import { keyOf, rowsAfter } from '../../src/runtime/keyset.js';
import { inMemoryDelegate } from '../../src/testing/index.js';

const noStop = new AbortController().signal;

async function readAll(
  options: Parameters<typeof keysetSource>[0],
  chunkSize: number,
  onChunk: (chunk: readonly Row[]) => void = () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of keysetSource(options)({ chunkSize, signal: noStop })) {
    expect(chunk.length).toBeGreaterThan(0);
    expect(chunk.length).toBeLessThanOrEqual(chunkSize);
    rows.push(...chunk);
    onChunk(chunk);
  }
  return rows;
}

/** A kind of key column: its values in the database's order, few, so that columns tie often. */
interface ColumnKind {
  readonly values: readonly unknown[];
  readonly order?: readonly unknown[];
}

/** Not in the order of their texts, as an enum of PostgreSQL is. */
const MOODS = ['WILD', 'CALM', 'ON_EDGE', 'BORED'];

const kinds: Readonly<Record<string, ColumnKind>> = {
  int: { values: [-(2 ** 31), -3, 0, 1, 2, 10, 2 ** 31 - 1] },
  bigint: { values: [-(2n ** 63n), -1n, 0n, 9n, 10n, 2n ** 53n, 2n ** 53n + 1n] },
  string: { values: ['', '0', 'A', 'B', 'a', 'ab', 'b'] },
  date: { values: [-1001, -1, 0, 999, 1_700_000_000_000].map((ms) => new Date(ms)) },
  enum: { values: MOODS, order: MOODS },
  boolean: { values: [false, true], order: [false, true] },
};

/** A table with a composite key: rows as places in each column's order, so that its order is known without comparing values. */
const anyTable = fc
  .array(fc.constantFrom(...Object.keys(kinds)), { minLength: 1, maxLength: 4 })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      places: fc.uniqueArray(
        fc.tuple(...columns.map((kind) => fc.nat({ max: (kinds[kind] as ColumnKind).values.length - 1 }))),
        { selector: String, maxLength: 60 },
      ),
    }),
  )
  .map(({ columns, places }) => {
    const key: KeyColumn[] = columns.map((kind, index) => {
      const { order } = kinds[kind] as ColumnKind;
      return { field: `k${index}`, ...(order ? { order } : {}) };
    });
    const sorted = [...places].sort((a, b) => {
      const at = a.findIndex((place, index) => place !== b[index]);
      return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
    });
    const rows: Row[] = sorted.map((place, index) => ({
      ...Object.fromEntries(
        columns.map((kind, column) => [`k${column}`, (kinds[kind] as ColumnKind).values[place[column] as number]]),
      ),
      index,
    }));
    return { key, rows };
  });

/** Sorts by `index`, which is the order that the key means: an enum's order is not that of its texts. */
function databaseOf(rows: readonly Row[]) {
  const delegate = inMemoryDelegate(rows);
  const reader: RowReader = {
    findMany: (args: never) =>
      delegate.findMany({ ...(args as Parameters<typeof delegate.findMany>[0]), orderBy: [{ index: 'asc' }] }),
  };
  return { delegate, reader };
}

describe('keysetSource', () => {
  it('gives the whole table in the order of its key, each row once, whatever the key and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.integer({ min: 1, max: 25 }), async ({ key, rows }, chunkSize) => {
        const { reader } = databaseOf([...rows].reverse());
        expect(await readAll({ delegate: reader, key }, chunkSize)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it('goes on behind any row with exactly the rest', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.integer({ min: 1, max: 25 }), fc.nat(), async ({ key, rows }, chunkSize, at) => {
        fc.pre(rows.length > 0);
        const place = at % rows.length;
        const { reader } = databaseOf(rows);
        const after = keyOf(rows[place] as Row, key);
        expect(await readAll({ delegate: reader, key, after }, chunkSize)).toEqual(rows.slice(place + 1));
      }),
      { numRuns: 300 },
    );
  });

  it('goes on behind a row that was deleted meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat(), async ({ key, rows }, at) => {
        fc.pre(rows.length > 0);
        const place = at % rows.length;
        const { reader } = databaseOf(rows.filter((_, index) => index !== place));
        const after = keyOf(rows[place] as Row, key);
        expect(await readAll({ delegate: reader, key, after }, 7)).toEqual(rows.slice(place + 1));
      }),
      { numRuns: 100 },
    );
  });

  it('never gives more rows than its limit, and asks for no more', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTable,
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 70 }),
        async ({ key, rows }, chunkSize, limit) => {
          const { delegate, reader } = databaseOf(rows);
          expect(await readAll({ delegate: reader, key, limit }, chunkSize)).toEqual(rows.slice(0, limit));
          expect(delegate.rowsRead).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('neither loses nor doubles a row that was there throughout, while others come and go', async () => {
    const change = fc.record({ remove: fc.array(fc.nat({ max: 999 })), insert: fc.array(fc.nat({ max: 999 })) });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 999 }), { minLength: 1, maxLength: 80 }),
        fc.array(change, { maxLength: 20 }),
        fc.integer({ min: 1, max: 12 }),
        async (ids, changes, chunkSize) => {
          // Two columns that tie: ten groups of a hundred.
          const rowOf = (id: number) => ({ group: Math.floor(id / 100), id });
          const delegate = inMemoryDelegate(ids.map(rowOf));
          const present = new Set(ids);
          const throughout = new Set(ids);
          const left = [...changes];
          const key = [{ field: 'group' }, { field: 'id' }];
          const rows = await readAll({ delegate, key }, chunkSize, () => {
            const { remove, insert } = left.shift() ?? { remove: [], insert: [] };
            for (const id of remove) {
              throughout.delete(id);
              present.delete(id);
            }
            delegate.remove(({ id }) => remove.includes(Number(id)));
            for (const id of new Set(insert)) {
              if (present.has(id)) continue;
              present.add(id);
              delegate.insert(rowOf(id));
            }
          });
          const got = rows.map(({ id }) => Number(id));
          expect(new Set(got).size).toBe(got.length);
          expect(got).toEqual([...got].sort((a, b) => a - b));
          expect([...throughout].filter((id) => !got.includes(id))).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps the where, select and include it is given, and never skips nor uses a cursor', async () => {
    const asked: object[] = [];
    const pages = [[{ id: 1 }, { id: 2 }], [{ id: 3 }]];
    const delegate: RowReader = {
      findMany: async (args: never) => {
        asked.push(args);
        return pages.shift() ?? [];
      },
    };
    const where = { inPrint: true };
    const select = { id: true };
    await readAll({ delegate, key: [{ field: 'id' }], where, select, include: { author: true } }, 2);
    const rest = { select, include: { author: true }, orderBy: [{ id: 'asc' }], take: 2 };
    expect(asked).toEqual([
      { where: { AND: [where] }, ...rest },
      { where: { AND: [where, { id: { gt: 2 } }] }, ...rest },
    ]);
  });

  it('asks no more once a chunk came short, nor once it is stopped', async () => {
    const delegate = inMemoryDelegate([{ id: 1 }, { id: 2 }, { id: 3 }]);
    await readAll({ delegate, key: [{ field: 'id' }] }, 2);
    expect(delegate.queries).toHaveLength(2);

    const stop = new AbortController();
    const many = inMemoryDelegate(Array.from({ length: 100 }, (_, id) => ({ id })));
    for await (const _ of keysetSource({ delegate: many, key: [{ field: 'id' }] })({
      chunkSize: 10,
      signal: stop.signal,
    })) {
      stop.abort();
    }
    expect(many.queries).toHaveLength(1);
  });
});

describe('rowsAfter', () => {
  it('is a plain comparison for a single column', () => {
    expect(rowsAfter([{ field: 'id' }], { id: 7 })).toEqual({ id: { gt: 7 } });
  });

  it('bounds the first column by itself, so that an index can be walked from there', () => {
    const key = [{ field: 'a' }, { field: 'b' }];
    expect(rowsAfter(key, { a: 1, b: 2 })).toEqual({
      AND: [{ a: { gte: 1 } }, { OR: [{ a: { gt: 1 } }, { AND: [{ a: 1 }, { b: { gt: 2 } }] }] }],
    });
  });

  it('names the values behind, for a column that cannot be compared', () => {
    const key = [{ field: 'mood', order: MOODS }];
    expect(rowsAfter(key, { mood: 'CALM' })).toEqual({ OR: [{ mood: 'ON_EDGE' }, { mood: 'BORED' }] });
    expect(rowsAfter(key, { mood: 'BORED' })).toEqual({ OR: [] });
  });
});
