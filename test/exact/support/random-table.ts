import fc from 'fast-check';
import type { DatabaseProvider } from '../../../src/model/index.js';
import { defineModel, type ModelField, type StreamedModel } from '../../../src/runtime/index.js';
import { type ColumnKind, meaningColumn, type Sample } from './column-kinds.js';
import type { StoredDatabase } from './stored-databases.js';

export interface RandomColumn {
  readonly kind: ColumnKind;
  readonly optional: boolean;
  readonly list: boolean;
  /** The few values that its rows draw from, so that they tie. */
  readonly pool: readonly Sample[];
}

/** One column of an order, by its place among the columns; -1 is the id. */
interface Part {
  readonly column: number;
  readonly direction: 'asc' | 'desc';
}

export interface RandomTable {
  readonly columns: readonly RandomColumn[];
  /** For each column a place in its pool, modulo its length; undefined for NULL. */
  readonly rows: readonly (readonly number[])[];
  /** Places of columns that the key goes by. */
  readonly key: readonly number[];
  /** Whether the id belongs to the key: without it, rows that the database takes for the same are left out. */
  readonly hasId: boolean;
  readonly orders: readonly (readonly Part[])[];
}

export interface TableOptions {
  readonly kinds: readonly ColumnKind[];
  readonly lists: boolean;
  readonly mostRows?: number;
}

/** Tables of a few columns of any kinds, a key of any of them, and orders by any others. */
export function randomTable({ kinds, lists, mostRows = 14 }: TableOptions): fc.Arbitrary<RandomTable> {
  const column = fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      kind: fc.constant({ ...kind, [fc.toStringMethod]: () => kind.name }),
      optional: fc.boolean(),
      list: lists ? fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0) : fc.constant(false),
      pool: fc.array(kind.samples, { minLength: 1, maxLength: 6 }),
    }),
  );
  const place = fc.nat({ max: 3 });
  const part = fc.record({ column: place, direction: fc.constantFrom('asc' as const, 'desc' as const) });
  return fc.record({
    columns: fc.array(column, { minLength: 2, maxLength: 5 }),
    rows: fc.array(fc.array(fc.nat({ max: 59 }), { minLength: 5, maxLength: 5 }), {
      minLength: 2,
      maxLength: mostRows,
    }),
    key: fc.uniqueArray(place, { maxLength: 2 }),
    hasId: fc.boolean(),
    orders: fc.array(fc.uniqueArray(part, { minLength: 1, maxLength: 3, selector: ({ column }) => column }), {
      minLength: 1,
      maxLength: 2,
    }),
  });
}

const NAME = 'Wide';

/** A table that was made and filled, the model that reads it, and SQL for its columns. */
export interface FilledTable {
  readonly model: StreamedModel;
  readonly table: string;
  readonly columns: readonly FilledColumn[];
  /** The statements that made it, for the report of a failure. */
  readonly made: readonly string[];
  /** Of every row by its id: what stood in the INSERT. */
  insert(id: number): string;
  /** Whether a place in an order may mean several stored values. */
  isVague(order: string): boolean;
}

export interface FilledColumn extends RandomColumn {
  readonly field: ModelField;
  /** Quoted. */
  readonly sql: string;
}

export const quotedName = (name: string) => `"${name}"`;

let tables = 0;

/** Makes a table by hand, and fills it. */
export async function fillTable(database: StoredDatabase, random: RandomTable): Promise<FilledTable> {
  const table = `wide ${++tables}`;
  const columns = random.columns.map((column, index): FilledColumn => {
    const name = `Column ${index}`;
    return { ...column, field: fieldOf(column, index, name), sql: quotedName(name) };
  });
  const isFirst = (column: number, index: number, all: readonly number[]) => all.indexOf(column) === index;
  const keyColumns = random.key.filter((place) => isKey(columns[place])).filter(isFirst);
  const withId = random.hasId || keyColumns.length === 0;
  const key = [...keyColumns.map((place) => fieldName(place)), ...(withId ? ['id'] : [])];
  const sqlOf = (name: string) =>
    name === 'id' ? 'id' : (columns.find(({ field }) => field.name === name)?.sql ?? '');
  const declared = columns.flatMap(({ kind, list, optional, sql }) => [
    `${sql} ${kind.ddl}${list ? '[]' : ''} ${kind.collate ?? ''} ${optional ? 'NULL' : 'NOT NULL'}`,
    ...(kind.meaning ? [`${meaningColumn(sql)} TEXT`] : []),
  ]);
  const create = `CREATE TABLE ${quotedName(table)} (id INT NOT NULL, ${declared.join(', ')}, PRIMARY KEY (${key.map(sqlOf).join(', ')}))`;
  await database.run(create);
  const inserts = random.rows.map((places, index) => {
    const id = idOf(index);
    const values = columns.flatMap((column, place) => valuesAt(column, places[place] ?? 0));
    return `INSERT INTO ${quotedName(table)} VALUES (${[id, ...values].join(', ')})`;
  });
  for (const insert of inserts) await database.run(insert).catch(ignoreDuplicate);
  const orders = ordersOf(random, columns, key);
  const model = modelOf(database.provider, { table, columns, key, orders });
  return {
    model,
    table,
    columns,
    made: [create, ...inserts],
    insert: (id) => inserts.find((_, index) => idOf(index) === id) ?? '',
    isVague: (order) =>
      (model.orders.get(order) ?? model.key).some(({ field }) =>
        columns.some((column) => column.field.name === field && column.kind.hasForms),
      ),
  };
}

/** In no order of the rows, and each once. */
const idOf = (index: number) => ((index * 7919) % 1009) - 300;

const fieldName = (place: number) => `field${place}`;

function fieldOf({ kind, optional, list }: RandomColumn, index: number, column: string): ModelField {
  return {
    name: fieldName(index),
    column,
    // Tags of one byte and of two.
    number: 13 + index,
    ...kind.field,
    ...(list ? { list: true } : optional ? { optional: true } : {}),
  };
}

function isKey(column: FilledColumn | undefined): boolean {
  return column !== undefined && column.kind.use === 'key' && !column.optional && !column.list;
}

function valuesAt({ kind, optional, list, pool }: FilledColumn, place: number): string[] {
  const sample = pool[place % pool.length];
  if (!sample || (optional && place % 4 === 3)) return kind.meaning ? ['NULL', 'NULL'] : ['NULL'];
  if (list) {
    const items = pool.slice(0, place % (pool.length + 1)).map(({ sql }) => sql);
    return [`ARRAY[${items.join(', ')}]::${kind.ddl}[]`];
  }
  return [sample.sql, ...(kind.meaning ? [`'${kind.meaning(sample.value)}'`] : [])];
}

function ignoreDuplicate(error: unknown): void {
  if (!/duplicate|UNIQUE constraint/i.test(String(error))) throw error;
}

/** Each order, its reverse, and those of the key. */
function ordersOf(
  { orders }: RandomTable,
  columns: readonly FilledColumn[],
  key: readonly string[],
): readonly (readonly string[])[] {
  const all = [...orders, []].map((parts) => {
    const usable = parts.filter(({ column }) => {
      const found = columns[column];
      return found && found.kind.use !== 'value' && !found.list;
    });
    const named = usable.map(({ column, direction }): [string, string] => [fieldName(column), direction]);
    const last = named.at(-1)?.[1] ?? 'asc';
    const missing = key.filter((name) => !named.some(([other]) => other === name));
    return [...named, ...missing.map((name): [string, string] => [name, last])];
  });
  const reversed = all.map((order) =>
    order.map(([name, way]): [string, string] => [name, way === 'asc' ? 'desc' : 'asc']),
  );
  return [...all, ...reversed].map((order) => order.map(([name, way]) => (way === 'desc' ? `${name} desc` : name)));
}

function modelOf(
  provider: DatabaseProvider,
  {
    table,
    columns,
    key,
    orders,
  }: Pick<FilledTable, 'table' | 'columns'> & {
    readonly key: readonly string[];
    readonly orders: readonly (readonly string[])[];
  },
): StreamedModel {
  return defineModel({
    name: NAME,
    delegate: 'wide',
    provider,
    table,
    key,
    orders: Object.fromEntries(orders.map((order, index) => [`ORDER_${index}`, order])),
    fields: [{ name: 'id', number: 1, type: 'Int' }, ...columns.map(({ field }) => field)],
  });
}
