import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyColumn, keysetSource, type Row, type RowReader } from '../../src/runtime/index.js';
import { keyOf, rangesAfter, rowsUpTo } from '../../src/runtime/rows/keyset-source.js';
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

/** A column of an order, and the values that it can have, in that order. */
const anyColumn = fc
  .record({
    kind: fc.constantFrom(...Object.keys(kinds)),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
    nulls: fc.constantFrom(undefined, 'first' as const, 'last' as const),
  })
  .map(({ kind, direction, nulls }) => {
    const { values, order } = kinds[kind] as ColumnKind;
    const inOrder = direction === 'asc' ? values : [...values].reverse();
    return {
      values: [...(nulls === 'first' ? [null] : []), ...inOrder, ...(nulls === 'last' ? [null] : [])],
      column: { direction, ...(order ? { order } : {}), ...(nulls ? { nulls } : {}) },
    };
  });

/** A table with a composite key: rows as places in each column's order, so that its order is known without comparing values. */
const anyTable = fc
  .array(anyColumn, { minLength: 1, maxLength: 4 })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      places: fc.uniqueArray(fc.tuple(...columns.map(({ values }) => fc.nat({ max: values.length - 1 }))), {
        selector: String,
        maxLength: 60,
      }),
    }),
  )
  .map(({ columns, places }) => {
    const key: KeyColumn[] = columns.map(({ column }, index) => ({ field: `k${index}`, ...column }));
    const sorted = [...places].sort((a, b) => {
      const at = a.findIndex((place, index) => place !== b[index]);
      return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
    });
    const rows: Row[] = sorted.map((place, index) => ({
      ...Object.fromEntries(columns.map(({ values }, column) => [`k${column}`, values[place[column] as number]])),
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
  it('reads the whole table in the order of its key, each row once, whatever the key and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.integer({ min: 1, max: 25 }), async ({ key, rows }, chunkSize) => {
        const { reader } = databaseOf([...rows].reverse());
        expect(await readAll({ delegate: reader, key }, chunkSize)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it('resumes after any row with exactly the remaining rows', async () => {
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

  it('ends with the row of its bound, also when that row was deleted', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat(), fc.nat(), fc.boolean(), async ({ key, rows }, from, to, gone) => {
        fc.pre(rows.length > 0 && key.every(({ nulls }) => nulls === undefined));
        const [start, end] = [from % rows.length, to % rows.length];
        const { reader } = databaseOf(rows.filter((_, index) => !gone || index !== end));
        const [after, upTo] = [keyOf(rows[start] as Row, key), keyOf(rows[end] as Row, key)];
        const expected = rows.slice(start + 1, gone ? end : end + 1);
        expect(await readAll({ delegate: reader, key, after, upTo }, 7)).toEqual(start < end ? expected : []);
      }),
      { numRuns: 300 },
    );
  });

  it('resumes after a row that was deleted meanwhile', async () => {
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

  it('never reads more rows than its limit', async () => {
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

  it('reads each row that exists throughout exactly once, while others are inserted and deleted', async () => {
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

  it('puts the start of a chunk first: SQLite walks an index from the first bound', async () => {
    const delegate = inMemoryDelegate([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const where = { id: { gt: 0 } };
    await readAll({ delegate, key: [{ field: 'id' }], where, upTo: { id: 3 } }, 2);
    const upTo = { OR: [{ id: { lt: 3 } }, { id: 3 }] };
    expect(delegate.queries).toMatchObject([
      { where: { AND: [upTo, where] } },
      { where: { AND: [{ id: { gt: 2 } }, upTo, where] } },
    ]);
  });

  it('keeps its where, select and include, and never uses skip or a cursor', async () => {
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
      { where: { AND: [{ id: { gt: 2 } }, where] }, ...rest },
    ]);
  });

  it('runs no query after an incomplete chunk, nor after it was stopped', async () => {
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

describe('rangesAfter', () => {
  it('is a plain comparison for a single column', () => {
    expect(rangesAfter([{ field: 'id' }], { id: 7 })).toEqual([{ id: { gt: 7 } }]);
    expect(rangesAfter([{ field: 'id', direction: 'desc' }], { id: 7 })).toEqual([{ id: { lt: 7 } }]);
  });

  it('fixes the preceding columns in each range, so that an index is walked and nothing is sorted', () => {
    const key = [{ field: 'a' }, { field: 'b' }];
    expect(rangesAfter(key, { a: 1, b: 2 })).toEqual([{ AND: [{ a: 1 }, { b: { gt: 2 } }] }, { a: { gt: 1 } }]);
  });

  it('lists the later values, for a column that cannot be compared', () => {
    const key = [{ field: 'mood', order: MOODS }];
    expect(rangesAfter(key, { mood: 'CALM' })).toEqual([{ mood: 'ON_EDGE' }, { mood: 'BORED' }]);
    expect(rangesAfter(key, { mood: 'BORED' })).toEqual([]);
  });

  it('has a separate range for NULL, on the side where the database sorts it', () => {
    expect(rangesAfter([{ field: 'a', nulls: 'last' }], { a: 1 })).toEqual([{ a: { gt: 1 } }, { a: null }]);
    expect(rangesAfter([{ field: 'a', nulls: 'last' }], { a: null })).toEqual([]);
    expect(rangesAfter([{ field: 'a', nulls: 'first' }], { a: 1 })).toEqual([{ a: { gt: 1 } }]);
    expect(rangesAfter([{ field: 'a', nulls: 'first' }], { a: null })).toEqual([{ NOT: { a: null } }]);
  });
});

describe('rowsUpTo', () => {
  it('bounds the first column separately, so that a walk along an index ends there', () => {
    const key = [{ field: 'a' }, { field: 'b' }];
    expect(rowsUpTo(key, { a: 1, b: 2 })).toEqual({
      AND: [
        { OR: [{ a: { lt: 1 } }, { a: 1 }] },
        { OR: [{ a: { lt: 1 } }, { AND: [{ a: 1 }, { OR: [{ b: { lt: 2 } }, { b: 2 }] }] }] },
      ],
    });
  });
});
