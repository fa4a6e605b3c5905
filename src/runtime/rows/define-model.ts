import { InternalError } from '../../errors/index.js';
import type { DatabaseProvider } from '../../model/index.js';
import type { ModelField, Select } from '../encode/model-field.js';
import { type RowEncoder, rowEncoder } from '../encode/row-encoder.js';
import type { Row } from './chunk-source.js';
import type { KeyColumn } from './keyset-source.js';

/** The facts of a model that the generator writes, as plain data. */
export interface ModelDefinition {
  /** Prisma's name, such as `Book`. */
  readonly name: string;
  /** The client's property, such as `book`. */
  readonly delegate: string;
  /** The database of the schema: it decides the position of NULLs in an order, and the texts that can be searched for. */
  readonly provider?: DatabaseProvider;
  /** The database table. Default: the model's name. */
  readonly table?: string;
  /** The database schema (`@@schema`), where the model names one. */
  readonly schema?: string;
  /** The fields of the order in which it is streamed. */
  readonly key: readonly string[];
  /** The orders that a request may name, by the proto's enum value: fields such as `title` or `title desc`. */
  readonly orders?: Readonly<Record<string, readonly string[]>>;
  readonly fields: readonly ModelField[];
  /** Columns that are never sent, but that scopes may use. */
  readonly hidden?: readonly ModelField[];
}

/** A model, ready to be read and written. */
export interface StreamedModel extends Omit<ModelDefinition, 'key' | 'orders'> {
  readonly key: readonly KeyField[];
  readonly orders: ReadonlyMap<string, readonly KeyField[]>;
  /** Selects only the fields that are sent: an omitted field is not read. */
  readonly select: Select;
  /** Encodes a row of Prisma's client. */
  readonly encode: RowEncoder<Row>;
}

/** A column of an order, and its name in a request's `after`. */
export interface KeyField extends KeyColumn {
  readonly property: string;
  readonly type: ModelField['type'];
}

/** Prepares a model once for all streams. Generated code calls it. */
export function defineModel({ key, orders = {}, ...model }: ModelDefinition): StreamedModel {
  return {
    ...model,
    key: key.map((name) => orderField(name, model)),
    orders: new Map(
      Object.entries(orders).map(([value, columns]) => [value, columns.map((column) => orderField(column, model))]),
    ),
    select: selectOf(model.fields),
    encode: rowEncoder(model.fields),
  };
}

/** Prisma's `select` of exactly these fields. The rows of a relation are sorted by their key; one query reads them for a chunk. */
export function selectOf(fields: readonly ModelField[]): Select {
  return Object.fromEntries(fields.map((field) => [field.name, selectionOf(field)]));
}

function selectionOf({ row, list }: ModelField): Select[string] {
  if (!row) return true;
  if (!list) return { select: row.select };
  return { select: row.select, orderBy: row.key.map(({ field }) => ({ [field]: 'asc' })) };
}

function orderField(column: string, { name: model, fields, provider }: Omit<ModelDefinition, 'key'>): KeyField {
  const [name = '', suffix] = column.split(' ');
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) throw new InternalError(`an order of ${model} names ${name}, which is not one of its fields`);
  const direction = suffix === 'desc' ? 'desc' : 'asc';
  const order = valuesOf(field);
  return {
    field: name,
    property: field.property ?? name,
    type: field.type,
    direction,
    ...(order ? { order } : {}),
    ...(field.optional ? { nulls: nullsOf(provider, direction) } : {}),
  };
}

/** In PostgreSQL a NULL is greater than any value, in the other databases less. */
function nullsOf(provider: DatabaseProvider | undefined, direction: 'asc' | 'desc'): 'first' | 'last' {
  return (provider === 'postgresql') === (direction === 'asc') ? 'last' : 'first';
}

function valuesOf({ type, values = {} }: ModelField): readonly unknown[] | undefined {
  if (type === 'enum') return Object.keys(values);
  return type === 'Boolean' ? [false, true] : undefined;
}
