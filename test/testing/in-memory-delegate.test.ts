import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysetSource } from '../../src/runtime/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';

const books = inMemoryDelegate([
  { id: 3, title: 'Sanditon', published: new Date(3), inPrint: false },
  { id: 1, title: 'Emma', published: new Date(1), inPrint: true },
  { id: 2, title: 'Persuasion', published: new Date(2), inPrint: true },
]);
const ids = async (where: Record<string, unknown>) =>
  (await books.findMany({ where, orderBy: [{ id: 'asc' }] })).map(({ id }) => id);

describe('inMemoryDelegate', () => {
  it.each<[Record<string, unknown>, number[]]>([
    [{}, [1, 2, 3]],
    [{ id: 2 }, [2]],
    [{ id: { gt: 1 } }, [2, 3]],
    [{ id: { gte: 2, lt: 3 } }, [2]],
    [{ id: { lte: 2 } }, [1, 2]],
    [{ id: { in: [3, 1] } }, [1, 3]],
    [{ id: { not: 2 } }, [1, 3]],
    [{ id: undefined }, [1, 2, 3]],
    [{ title: { equals: 'Emma' } }, [1]],
    [{ published: { gt: new Date(1) } }, [2, 3]],
    [{ published: new Date(2) }, [2]],
    [{ inPrint: true, id: { gt: 1 } }, [2]],
    [{ OR: [{ id: 1 }, { id: { gt: 2 } }] }, [1, 3]],
    [{ OR: [] }, []],
    [{ AND: [{ id: { gte: 2 } }, { OR: [{ title: 'Emma' }, { title: 'Sanditon' }] }] }, [3]],
    [{ NOT: { id: 2 } }, [1, 3]],
    [{ title: { contains: 'mm' } }, [1]],
    [{ title: { startsWith: 'mm' } }, []],
  ])('answers the filter %j', async (where, expected) => {
    expect(await ids(where)).toEqual(expected);
  });

  it.each([
    [{ note: null }, [2, 3]],
    [{ note: { not: null } }, [1]],
    [{ NOT: { note: null } }, [1]],
    [{ note: { gt: 0 } }, [1]],
    [{ NOT: { note: { gt: 5 } } }, [1]],
    [{ note: { not: 5 } }, [1]],
    [{ OR: [{ note: { gt: 5 } }, { id: 2 }] }, [2]],
    [{ NOT: { AND: [{ note: { gt: 0 } }, { id: 2 }] } }, [1, 3]],
  ])('compares NULL with nothing, as SQL does, in %j', async (where, expected) => {
    const delegate = inMemoryDelegate([{ id: 1, note: 1 }, { id: 2, note: null }, { id: 3 }]);
    expect((await delegate.findMany({ where })).map(({ id }) => id)).toEqual(expected);
  });

  it('refuses a filter that it does not know, instead of ignoring it', async () => {
    await expect(ids({ title: { endsWith: 'E' } })).rejects.toThrow(
      'inMemoryDelegate does not know the filter endsWith',
    );
  });

  it('sorts, takes and selects', async () => {
    const found = await books.findMany({
      orderBy: [{ inPrint: 'desc' }, { id: 'desc' }],
      take: 2,
      select: { id: true },
    });
    expect(found).toEqual([{ id: 2 }, { id: 1 }]);
  });

  it('counts queries and rows', async () => {
    const delegate = inMemoryDelegate([{ id: 1 }, { id: 2 }]);
    await delegate.findMany({ take: 1 });
    await delegate.findMany({ where: { id: { gt: 0 } } });
    expect(delegate.queries).toEqual([{ take: 1 }, { where: { id: { gt: 0 } } }]);
    expect(delegate.rowsRead).toBe(3);
  });

  it('finds what is inserted, and not what is removed', async () => {
    const delegate = inMemoryDelegate([{ id: 1 }, { id: 3 }]);
    const orderBy = [{ id: 'asc' as const }];
    await delegate.findMany({ orderBy });
    delegate.insert({ id: 2 });
    delegate.remove(({ id }) => id === 3);
    expect(await delegate.findMany({ orderBy })).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('finds by its index what a plain filter finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 })),
        fc.integer({ min: -1, max: 21 }),
        fc.constantFrom('asc' as const, 'desc' as const),
        async (values, bound, direction) => {
          const delegate = inMemoryDelegate(values.map((value) => ({ value })));
          for (const [operator, holds] of [
            ['gt', (value: number) => value > bound],
            ['gte', (value: number) => value >= bound],
            ['equals', (value: number) => value === bound],
            ['lt', (value: number) => value < bound],
          ] as const) {
            const where = { AND: [{ value: { [operator]: bound } }] };
            const found = await delegate.findMany({ where, orderBy: [{ value: direction }] });
            const sorted = values.filter(holds).sort((a, b) => (direction === 'asc' ? a - b : b - a));
            expect(found.map(({ value }) => value)).toEqual(sorted);
          }
        },
      ),
    );
  });

  it('streams a hundred thousand rows with hardly more comparisons than rows', async () => {
    let looks = 0;
    const rows = Array.from({ length: 100_000 }, (_, index) => ({
      get id() {
        looks++;
        return index;
      },
    }));
    const delegate = inMemoryDelegate(rows);
    await delegate.findMany({ orderBy: [{ id: 'asc' }], take: 1 });
    looks = 0;
    let count = 0;
    const source = keysetSource({ delegate, key: [{ field: 'id' }] });
    for await (const chunk of source({ chunkSize: 1000, signal: new AbortController().signal })) count += chunk.length;
    expect(count).toBe(100_000);
    expect(looks).toBeLessThan(300_000);
  });
});
