import { InternalError } from '../errors/index.js';
import type { RawRow, Row } from './chunk-source.js';
import type { KeyColumn } from './keyset.js';
import type { ModelField } from './model-field.js';
import { type RowEncoder, rawRowEncoder, rowEncoder } from './row-encoder.js';

/** What the generator knows of a model, as plain data. */
export interface ModelDefinition {
  /** Prisma's name, such as `Book`. */
  readonly name: string;
  /** The client's property, such as `book`. */
  readonly delegate: string;
  /** The database table. Default: the model's name. */
  readonly table?: string;
  /** The database schema (`@@schema`), where the model names one. */
  readonly schema?: string;
  /** Field names of the order it is streamed in. */
  readonly key: readonly string[];
  readonly fields: readonly ModelField[];
}

/** A model, ready to be read and written. */
export interface StreamedModel extends Omit<ModelDefinition, 'key'> {
  readonly key: readonly KeyField[];
  /** Names just the fields that may be seen: an omitted one is never even read. */
  readonly select: Readonly<Record<string, true>>;
  /** Encodes a row of Prisma's client. */
  readonly encode: RowEncoder<Row>;
  /** Encodes a row of the database's driver: its values in the order of `fields`. */
  readonly encodeRaw: RowEncoder<RawRow>;
}

/** A column of the key, and how a request's `after` spells it. */
export interface KeyField extends KeyColumn {
  readonly property: string;
  readonly type: ModelField['type'];
}

/** Works out, once and for all streams, what can be known of a model beforehand. Generated code calls it. */
export function defineModel({ key, ...model }: ModelDefinition): StreamedModel {
  return {
    ...model,
    key: key.map((name) => keyField(name, model)),
    select: Object.fromEntries(model.fields.map(({ name }) => [name, true as const])),
    encode: rowEncoder(model.fields),
    encodeRaw: rawRowEncoder(model.fields),
  };
}

function keyField(name: string, { name: model, fields }: Omit<ModelDefinition, 'key'>): KeyField {
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) throw new InternalError(`the key of ${model} names ${name}, which is not one of its fields`);
  const order = orderOf(field);
  return { field: name, property: field.property ?? name, type: field.type, ...(order ? { order } : {}) };
}

function orderOf({ type, values = {} }: ModelField): readonly unknown[] | undefined {
  if (type === 'enum') return Object.keys(values);
  return type === 'Boolean' ? [false, true] : undefined;
}
