import {
  type DatabaseProvider,
  type Field,
  type IndexColumn,
  isReadExactly,
  type ScalarType,
  type StreamModel,
} from '../../model/index.js';
import { fieldNameOf } from './names.js';

/** An order that a request can ask for. */
interface StreamOrder {
  /** Its name in the lock: its database columns, such as `author_id desc`. */
  readonly id: string;
  /** Its name in the proto without the enum's prefix, such as `AUTHOR_ID_DESC`. */
  readonly name: string;
  /** The columns of the index, followed by those of the key, so that no two rows have the same position. */
  readonly columns: readonly IndexColumn[];
}

/**
 * The orders that an index serves, each ascending and descending, the key's first. Without an index, the database would sort the whole
 * table for every chunk; and a stream cannot resume from a column that Prisma reads less precisely than it is stored.
 */
export function streamOrders(model: StreamModel, provider: DatabaseProvider): readonly StreamOrder[] {
  const found = known.get(model) ?? { provider, orders: ordersOf(model, provider) };
  if (found.provider !== provider) return ordersOf(model, provider);
  known.set(model, found);
  return found.orders;
}

/** The proto, the lock, the handler and the client of a model each ask for its orders. */
const known = new WeakMap<
  StreamModel,
  { readonly provider: DatabaseProvider; readonly orders: readonly StreamOrder[] }
>();

function ordersOf(model: StreamModel, provider: DatabaseProvider): readonly StreamOrder[] {
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
  const isTotal = uniqueSets(model).some((fields) => fields.length === index.length && includesAll(index, fields));
  const id = index.map((column) => `${fieldOf(model, column.field)?.column}${suffix(column)}`).join(', ');
  return {
    id,
    name: model.api?.orders?.[id] ?? nameOf(index, model),
    columns: isTotal ? index : [...index, ...missing.map((field) => ({ field, direction }))],
  };
}

/** `AUTHOR_ID_THEN_TITLE_DESC`; where the directions differ, each column names its own. */
function nameOf(index: readonly IndexColumn[], model: StreamModel): string {
  const [first] = index;
  const names = index.map(({ field }) => fieldNameOf(fieldOf(model, field) ?? { name: field }).toUpperCase());
  if (index.every(({ direction }) => direction === first?.direction)) {
    return `${names.join('_THEN_')}_${first?.direction.toUpperCase()}`;
  }
  return index.map(({ direction }, place) => `${names[place]}_${direction.toUpperCase()}`).join('_THEN_');
}

/** Columns after a unique set do not change the order. */
function upToUnique(index: readonly IndexColumn[], model: StreamModel): readonly IndexColumn[] {
  const uniques = uniqueSets(model);
  const length = index.findIndex((_, place) =>
    uniques.some((fields) => includesAll(index.slice(0, place + 1), fields)),
  );
  return length < 0 ? index : index.slice(0, length + 1);
}

/** Unique constraints without nullable columns: two rows may both have NULL in a unique column. */
function uniqueSets({ uniques, key, fields }: StreamModel): readonly (readonly string[])[] {
  const optional = new Set(fields.filter((field) => field.optional).map(({ name }) => name));
  return [key.fields, ...uniques.filter((names) => !names.some((name) => optional.has(name)))];
}

function includesAll(index: readonly IndexColumn[], fields: readonly string[]): boolean {
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
 * Native types whose values Prisma's client returns exactly as the database compares them. This is not so for padded texts, texts that
 * ignore case, floating-point numbers and times with less than a millisecond.
 */
const SORTABLE_NATIVES: Readonly<Partial<Record<ScalarType, RegExp>>> = {
  Boolean: /^(Boolean|TinyInt|Bit|Bool)/,
  Int: /^(Integer|Int|SmallInt|MediumInt|TinyInt|Unsigned\w+|Int2|Int4)/,
  BigInt: /^(BigInt|Int8|UnsignedBigInt)/,
  Decimal: /^Decimal/,
  String: /^(Text|TinyText|MediumText|LongText|VarChar|NVarChar|Uuid|String)/,
  DateTime: /^(Date|DateTime|(Timestamp|Timestamptz|DateTime|DateTime2|DateTimeOffset)\([0-3]\))$/,
};

/** Of a time with a zone, the zone is lost on the wire; money is printed in the session's locale; XML has no order. */
const UNSORTABLE_NATIVES = /^(Timetz|Money|Xml)/;

function isSortable(field: Field | undefined, provider: DatabaseProvider): boolean {
  if (!field || field.list) return false;
  const { type, nativeType } = field;
  if (type.kind === 'enum') return true;
  if (isReadExactly(provider)) return type.scalar !== 'Json' && !UNSORTABLE_NATIVES.test(nativeType ?? '');
  const natives = SORTABLE_NATIVES[type.scalar];
  if (natives === undefined) return false;
  // The precision of Prisma's default type in SQL Server and CockroachDB is not known here.
  if (nativeType === undefined) return type.scalar !== 'DateTime' || !['sqlserver', 'cockroachdb'].includes(provider);
  return natives.test(nativeType);
}
