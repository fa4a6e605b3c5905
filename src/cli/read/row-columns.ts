import { UsageError } from '../../errors/index.js';
import { type Field, type SchemaModel, type StreamModel, scalarToJson } from '../../model/index.js';
import { enumValueName, propertyOf } from '../../proto/index.js';

/** A column of the output. */
export interface RowColumn {
  /** Prisma's name. */
  readonly name: string;
  /** The column's value in JSON. */
  readonly valueIn: (row: object) => unknown;
}

/**
 * The columns of a model's rows: those that are named, in that order, or else all.
 *
 * @throws UsageError for a name that is no field of the model.
 */
export function rowColumns(model: StreamModel, schema: SchemaModel, names: readonly string[] | undefined): RowColumn[] {
  const fields = names?.map((name) => fieldNamed(name, model)) ?? model.fields;
  return fields.map((field) => {
    const property = propertyOf(field);
    const toJson = jsonOf(field, schema);
    return { name: field.name, valueIn: (row) => toJson(Reflect.get(row, property)) };
  });
}

/** @throws UsageError for a name that is no field of the model. */
export function fieldNamed(name: string, { name: model, fields }: StreamModel): Field {
  const field = fields.find((candidate) => candidate.name === name);
  if (field) return field;
  throw new UsageError('read.field', `${model} has no field ${name}`, {
    nextActions: [`name some of ${fields.map((each) => each.name).join(', ')}`],
  });
}

/** The names of an enum's values in messages, by Prisma's names. */
export function enumNames(enumName: string, { enums }: SchemaModel): ReadonlyMap<string, string> {
  const values = enums.find(({ name }) => name === enumName)?.values ?? [];
  return new Map(values.map(({ name }) => [name, enumValueName(enumName, name)]));
}

function jsonOf({ type, list }: Field, schema: SchemaModel): (value: unknown) => unknown {
  const one = type.kind === 'enum' ? shortName(type.enum, schema) : type.scalar === 'Json' ? asItIs : scalarToJson;
  const orNull = (value: unknown) => (value === undefined || value === null ? null : one(value));
  return list ? (values) => (Array.isArray(values) ? values.map(orNull) : null) : orNull;
}

function shortName(enumName: string, schema: SchemaModel): (value: unknown) => unknown {
  const short = new Map([...enumNames(enumName, schema)].map(([name, long]) => [long, name]));
  return (value) => short.get(String(value)) ?? value;
}

function asItIs(value: unknown): unknown {
  return value;
}
