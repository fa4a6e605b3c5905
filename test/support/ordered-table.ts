import fc from 'fast-check';
import type { KeyColumn } from '../../src/runtime/index.js';
import type { Values } from './everything.js';

/** A model whose every column can be a part of an order. */
export const ORDERED_SCHEMA = (provider: 'sqlite' | 'postgresql') => `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "${provider}"
}
enum Mood {
  WILD
  CALM
  onEdge
}
model Ordered {
  id Int @id
  anInt Int
  aBigInt BigInt
  aString String
  aUuid String ${provider === 'postgresql' ? '@db.Uuid' : ''}
  aDateTime DateTime
  aDecimal Decimal
  aBoolean Boolean
  aMood Mood
  maybeInt Int?
  maybeString String?
  maybeDateTime DateTime?
  maybeMood Mood?
}
`;

/** Few values, so that columns tie often, in the order of the database: of texts, that of their bytes. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  anInt: [-(2 ** 31), -1, 0, 7, 2 ** 31 - 1],
  aBigInt: [-(2n ** 63n), -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  aString: ['', ' ', 'A', 'a', 'a ', 'é', '€', '😀'],
  aUuid: ['0', '1', '9', 'a', 'f'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`),
  aDateTime: [-62_135_596_800_000, -1001, -1, 0, 999, 1_700_000_000_123, 253_402_300_799_999].map((ms) => new Date(ms)),
  aDecimal: ['-100', '-0.5', '0', '0.25', '2', '10'],
  aBoolean: [false, true],
};

/** PostgreSQL sorts an enum as it was declared, SQLite by its text. */
const MOODS = { postgresql: ['WILD', 'CALM', 'onEdge'], sqlite: ['CALM', 'WILD', 'onEdge'] } as const;

export interface OrderedTable {
  readonly key: readonly KeyColumn[];
  /** In the order of the key. */
  readonly rows: readonly Values[];
}

/** Rows and an order over any of their columns, sorted by the places of their values and never by comparing them. */
export function orderedTable(provider: 'sqlite' | 'postgresql'): fc.Arbitrary<OrderedTable> {
  const columns = columnsOf(provider);
  const names = Object.keys(columns);
  const row = fc.record(Object.fromEntries(names.map((name) => [name, fc.nat({ max: lengthOf(columns[name]) - 1 })])));
  const direction = fc.constantFrom('asc' as const, 'desc' as const);
  return fc
    .record({
      rows: fc.array(row, { maxLength: 30 }),
      by: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }),
      directions: fc.array(direction, { minLength: 4, maxLength: 4 }),
      ids: fc.integer({ min: 1, max: 1000 }),
    })
    .map(({ rows, by, directions, ids }) => {
      const order = [...by, 'id'].map((field, index) => ({ field, direction: directions[index] ?? 'asc' }));
      // Ids in no order of the rows, and each once.
      const places = rows.map(
        (place, index): Record<string, number> => ({ ...place, id: (index * 7919 + ids) % 1009 }),
      );
      places.sort((a, b) => compare(a, b, order));
      return {
        key: order.map((column) => keyColumn(column, columns, provider)),
        rows: places.map((place) => valuesAt(place, columns)),
      };
    });
}

type Columns = Readonly<Record<string, readonly unknown[]>>;
type Direction = 'asc' | 'desc';

/** NULL is the least of all values to SQLite, and the greatest to PostgreSQL. */
function columnsOf(provider: 'sqlite' | 'postgresql'): Columns {
  const all = { ...VALUES, aMood: MOODS[provider] };
  const maybe = ['Int', 'String', 'DateTime', 'Mood'].map((type): [string, readonly unknown[]] => {
    const values = all[`a${type}` as 'aMood'] ?? VALUES.anInt ?? [];
    return [`maybe${type}`, provider === 'sqlite' ? [null, ...values] : [...values, null]];
  });
  return { ...all, ...Object.fromEntries(maybe) };
}

function keyColumn(
  { field, direction }: { readonly field: string; readonly direction: Direction },
  columns: Columns,
  provider: 'sqlite' | 'postgresql',
): KeyColumn {
  const nulls = (provider === 'postgresql') === (direction === 'asc') ? ('last' as const) : ('first' as const);
  const values = (columns[field] ?? []).filter((value) => value !== null);
  return {
    field,
    direction,
    ...(field.startsWith('maybe') ? { nulls } : {}),
    ...(/Mood|Boolean/.test(field) ? { order: values } : {}),
  };
}

function compare(a: Values, b: Values, order: readonly { readonly field: string; readonly direction: Direction }[]) {
  const differing = order.find(({ field }) => a[field] !== b[field]);
  if (!differing) return 0;
  const difference = Number(a[differing.field]) - Number(b[differing.field]);
  return differing.direction === 'asc' ? difference : -difference;
}

function valuesAt(place: Readonly<Record<string, number>>, columns: Columns): Values {
  const values = Object.entries(columns).map(([name, all]) => [name, all[place[name] ?? 0]]);
  return { ...Object.fromEntries(values), id: place.id };
}

function lengthOf(values: readonly unknown[] | undefined): number {
  return values?.length ?? 0;
}
