import { messageOf, UsageError } from '../../errors/index.js';
import {
  camelCase,
  type Field,
  type SchemaModel,
  type StreamModel,
  scalarFromJson,
  scalarToJson,
} from '../../model/index.js';
import { fieldNameOf, propertyOf, valueNameOf } from '../../proto/index.js';

/**
 * Converts a filter with Prisma's names and JSON values to the message of the request. The server checks which conditions a field supports.
 *
 * @throws UsageError when the text is not JSON, has an unknown field, or has a value of another type.
 *
 * @example
 * parseFilterFlag('{ "status": { "equals": "PUBLISHED" }, "or": [{ "sold": { "gt": "100" } }] }', book, schema);
 *
 *
 */
export function parseFilterFlag(text: string, model: StreamModel, schema: SchemaModel): object {
  return filterOf(parseJson(text), model, schema);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(`it is no JSON: ${messageOf(cause)}`, cause);
  }
}

function filterOf(json: unknown, model: StreamModel, schema: SchemaModel): object {
  const members = membersOf(json, 'a filter').map(([name, value]): [string, unknown] => {
    if (name === 'and' || name === 'or')
      return [name, listOf(value, name).map((each) => filterOf(each, model, schema))];
    if (name === 'not') return [name, filterOf(value, model, schema)];
    const field = fieldNamed(name, model);
    return [propertyOf(field), conditionsOf(value, field, schema)];
  });
  return Object.fromEntries(members);
}

/** A plain value is short for `{ "equals": value }`, and null for `{ "isNull": true }`. */
function conditionsOf(json: unknown, field: Field, schema: SchemaModel): object {
  if (json === null) return { isNull: true };
  if (!(json instanceof Object) || Array.isArray(json)) return { equals: fieldValue(json, field, schema) };
  const conditions = membersOf(json, field.name).map(([name, value]): [string, unknown] => {
    const operator = camelCase(name);
    if (operator === 'isNull') return [operator, value];
    if (operator === 'in') return [operator, listOf(value, name).map((each) => fieldValue(each, field, schema))];
    return [operator, fieldValue(value, field, schema)];
  });
  return Object.fromEntries(conditions);
}

function fieldValue(json: unknown, { name, type }: Field, schema: SchemaModel): unknown {
  const value =
    type.kind === 'enum' ? enumNames(type.enum, schema).get(String(json)) : scalarFromJson(json, type.scalar);
  if (value !== undefined) return value;
  throw wrong(`${JSON.stringify(json)} is no value of ${name} (${type.kind === 'enum' ? type.enum : type.scalar})`);
}

function membersOf(json: unknown, what: string): [string, unknown][] {
  if (json instanceof Object && !Array.isArray(json)) return Object.entries(json);
  throw wrong(`${what} must be an object, not ${JSON.stringify(json)}`);
}

function listOf(json: unknown, name: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw wrong(`\`${name}\` must be a list, not ${JSON.stringify(json)}`);
}

function wrong(why: string, cause?: unknown): UsageError {
  return new UsageError('read.filter', `--filter cannot be read: ${why}`, {
    cause,
    nextActions: [`write it as JSON, such as --filter '{ "title": { "startsWith": "Em" } }'`],
  });
}

/** A column of the output. */
export interface RowColumn {
  /** Prisma's name. */
  readonly name: string;
  /** The proto's. */
  readonly apiName: string;
  /** The column's value in JSON. */
  readonly valueIn: (row: object) => unknown;
}

/**
 * The columns of a model's rows: the named ones, in that order, or else all.
 *
 * @throws UsageError for a name that is no field of the model.
 */
export function rowColumns(model: StreamModel, schema: SchemaModel, names: readonly string[] | undefined): RowColumn[] {
  const fields = names?.map((name) => fieldNamed(name, model)) ?? model.fields;
  return fields.map((field) => {
    const property = propertyOf(field);
    const toJson = jsonOf(field, schema);
    return { name: field.name, apiName: fieldNameOf(field), valueIn: (row) => toJson(Reflect.get(row, property)) };
  });
}

/** @throws UsageError for a name that is no field of the model. */
function fieldNamed(name: string, { name: model, fields }: StreamModel): Field {
  const field = fields.find((candidate) => candidate.name === name);
  if (field) return field;
  throw new UsageError('read.field', `${model} has no field ${name}`, {
    nextActions: [`name some of ${fields.map((each) => each.name).join(', ')}`],
  });
}

/** The names of an enum's values in messages, by Prisma's names. */
function enumNames(enumName: string, { enums }: SchemaModel): ReadonlyMap<string, string> {
  const model = enums.find(({ name }) => name === enumName);
  return new Map(model?.values.map((value) => [value.name, valueNameOf(model, value)]));
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
