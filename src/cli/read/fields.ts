import type { ReadField, ReadModel } from '../../client/reflection/reflected-model.js';
import { messageOf, UsageError } from '../../errors/index.js';
import { camelCase, scalarFromJson, scalarToJson } from '../../model/index.js';

/**
 * Converts a filter with Prisma's names and JSON values to the message of the request. The server checks which conditions a field supports.
 *
 * @throws UsageError when the text is not JSON, has an unknown field, or has a value of another type.
 *
 * @example
 * parseFilterFlag('{ "status": { "equals": "PUBLISHED" }, "or": [{ "sold": { "gt": "100" } }] }', book);
 *
 */
export function parseFilterFlag(text: string, model: ReadModel): object {
  return filterOf(parseJson(text), model);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(`it is no JSON: ${messageOf(cause)}`, cause);
  }
}

function filterOf(json: unknown, model: ReadModel): object {
  const members = membersOf(json, 'a filter').map(([name, value]): [string, unknown] => {
    if (name === 'and' || name === 'or') return [name, listOf(value, name).map((each) => filterOf(each, model))];
    if (name === 'not') return [name, filterOf(value, model)];
    const field = fieldNamed(name, model);
    return [field.property, conditionsOf(value, field)];
  });
  return Object.fromEntries(members);
}

/** A plain value is short for `{ "equals": value }`, and null for `{ "isNull": true }`. */
function conditionsOf(json: unknown, field: ReadField): object {
  if (json === null) return { isNull: true };
  if (!(json instanceof Object) || Array.isArray(json)) return { equals: fieldValue(json, field) };
  const conditions = membersOf(json, field.name).map(([name, value]): [string, unknown] => {
    const operator = camelCase(name);
    if (operator === 'isNull') return [operator, value];
    if (operator === 'in') return [operator, listOf(value, name).map((each) => fieldValue(each, field))];
    return [operator, fieldValue(value, field)];
  });
  return Object.fromEntries(conditions);
}

function fieldValue(json: unknown, { name, type, values }: ReadField): unknown {
  const value = values ? values.get(String(json)) : scalarFromJson(json, type);
  if (value !== undefined) return value;
  throw wrong(`${JSON.stringify(json)} is no value of ${name} (${values ? [...values.keys()].join(', ') : type})`);
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
  readonly field: ReadField;
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
export function rowColumns(model: ReadModel, names: readonly string[] | undefined): RowColumn[] {
  const fields = names?.map((name) => fieldNamed(name, model)) ?? model.fields;
  return fields.map((field) => {
    const { name, apiName, property } = field;
    const toJson = jsonOf(field);
    return { field, name, apiName, valueIn: (row) => toJson(Reflect.get(row, property)) };
  });
}

/** @throws UsageError for a name that is no field of the model. */
function fieldNamed(name: string, { name: model, fields }: ReadModel): ReadField {
  const field = fields.find((candidate) => candidate.name === name);
  if (field) return field;
  throw new UsageError('read.field', `${model} has no field ${name}`, {
    nextActions: [`name some of ${fields.map((each) => each.name).join(', ')}`],
  });
}

function jsonOf({ type, list, values }: ReadField): (value: unknown) => unknown {
  const one = values ? shortName(values) : type === 'Json' ? asItIs : scalarToJson;
  const orNull = (value: unknown) => (value === undefined || value === null ? null : one(value));
  return list ? (items) => (Array.isArray(items) ? items.map(orNull) : null) : orNull;
}

function shortName(values: ReadonlyMap<string, string>): (value: unknown) => unknown {
  const short = new Map([...values].map(([name, long]) => [long, name]));
  return (value) => short.get(String(value)) ?? value;
}

function asItIs(value: unknown): unknown {
  return value;
}
