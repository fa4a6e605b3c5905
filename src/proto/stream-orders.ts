import {
  type DatabaseProvider,
  type Field,
  type IndexColumn,
  type ScalarType,
  type StreamModel,
  screamingSnakeCase,
} from '../model/index.js';

/** An order that rows can be asked for in. */
export interface StreamOrder {
  /** What it goes by in the lock: its database columns, such as `author_id desc`. */
  readonly id: string;
  /** Its name without the enum's, such as `AUTHOR_ID_DESC`. */
  readonly name: string;
  /** The index's columns, and behind them those of the key, so that no two rows share a place. */
  readonly columns: readonly IndexColumn[];
}

/**
 * The orders that an index serves, each ascending and descending, the key's first. An order without an index would sort the whole
 * table for every chunk, and one over a column that the client reads less exactly than it is stored would lose its place.
 */
export function streamOrders(model: StreamModel, provider: DatabaseProvider): readonly StreamOrder[] {
  const key = model.key.fields.map((field): IndexColumn => ({ field, direction: 'asc' }));
  const indexes = [key, ...model.indexes]
    .filter((index) => index.every(({ field }) => isSortable(fieldOf(model, field), provider)) || index === key)
    .map((index) => upToUnique(index, model))
    .flatMap((index) => [index, index.map(reversed)]);
  const orders = indexes.map((index) => orderBy(index, model));
  return orders.filter(({ id }, index) => orders.findIndex((other) => other.id === id) === index);
}

function orderBy(index: readonly IndexColumn[], model: StreamModel): StreamOrder {
  const direction = index.at(-1)?.direction ?? 'asc';
  const missing = model.key.fields.filter((name) => !index.some(({ field }) => field === name));
  const isTotal = uniqueSets(model).some((fields) => fields.length === index.length && holds(index, fields));
  return {
    id: index.map((column) => `${fieldOf(model, column.field)?.column}${suffix(column)}`).join(', '),
    name: nameOf(index),
    columns: isTotal ? index : [...index, ...missing.map((field) => ({ field, direction }))],
  };
}

/** `AUTHOR_ID_THEN_TITLE_DESC`; each column has its direction where they differ. */
function nameOf(index: readonly IndexColumn[]): string {
  const [first] = index;
  const names = index.map(({ field }) => screamingSnakeCase(field));
  if (index.every(({ direction }) => direction === first?.direction)) {
    return `${names.join('_THEN_')}_${first?.direction.toUpperCase()}`;
  }
  return index.map(({ direction }, place) => `${names[place]}_${direction.toUpperCase()}`).join('_THEN_');
}

/** Columns behind a unique one order nothing. */
function upToUnique(index: readonly IndexColumn[], model: StreamModel): readonly IndexColumn[] {
  const uniques = uniqueSets(model);
  const length = index.findIndex((_, place) => uniques.some((fields) => holds(index.slice(0, place + 1), fields)));
  return length < 0 ? index : index.slice(0, length + 1);
}

/** Constraints of which no two rows can share the values: NULL is unlike any other NULL. */
function uniqueSets({ uniques, key, fields }: StreamModel): readonly (readonly string[])[] {
  const optional = new Set(fields.filter((field) => field.optional).map(({ name }) => name));
  return [key.fields, ...uniques.filter((names) => !names.some((name) => optional.has(name)))];
}

function holds(index: readonly IndexColumn[], fields: readonly string[]): boolean {
  return fields.every((name) => index.some(({ field }) => field === name));
}

function reversed({ field, direction }: IndexColumn): IndexColumn {
  return { field, direction: direction === 'asc' ? 'desc' : 'asc' };
}

function suffix({ direction }: IndexColumn): string {
  return direction === 'desc' ? ' desc' : '';
}

function fieldOf({ fields }: StreamModel, name: string): Field | undefined {
  return fields.find((field) => field.name === name);
}

/**
 * Native types whose values come back from Prisma's client just as the database compares them. Padded texts, texts that ignore case,
 * floating point and times of less than a millisecond do not.
 */
const SORTABLE_NATIVES: Readonly<Partial<Record<ScalarType, RegExp>>> = {
  Boolean: /^(Boolean|TinyInt|Bit|Bool)/,
  Int: /^(Integer|Int|SmallInt|MediumInt|TinyInt|Unsigned\w+|Int2|Int4)/,
  BigInt: /^(BigInt|Int8|UnsignedBigInt)/,
  Decimal: /^Decimal/,
  String: /^(Text|TinyText|MediumText|LongText|VarChar|NVarChar|Uuid|String)/,
  DateTime: /^(Date|DateTime|(Timestamp|Timestamptz|DateTime|DateTime2|DateTimeOffset)\([0-3]\))$/,
};

function isSortable(field: Field | undefined, provider: DatabaseProvider): boolean {
  if (!field || field.list) return false;
  const { type, nativeType } = field;
  if (type.kind === 'enum') return true;
  const natives = SORTABLE_NATIVES[type.scalar];
  if (natives === undefined) return false;
  // What Prisma chooses by itself in SQL Server and CockroachDB is not known here to the last digit.
  if (nativeType === undefined) return type.scalar !== 'DateTime' || !['sqlserver', 'cockroachdb'].includes(provider);
  return natives.test(nativeType);
}
