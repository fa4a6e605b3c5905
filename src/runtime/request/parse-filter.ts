import { apiNameOf, type ModelField } from '../encode/model-field.js';
import type { Condition } from '../rows/condition.js';
import type { StreamedModel } from '../rows/define-model.js';
import { invalidField } from './bad-request.js';
import { parseValue } from './parse-value.js';

/** How deeply `and`, `or` and `not` may nest. */
const MAX_DEPTH = 8;
/** Conditions on columns in all: each is a part of the SQL. */
const MAX_CONDITIONS = 100;
/** Values in all `in` lists: each is a parameter, and Prisma splits a query of too many into several. */
const MAX_LISTED_VALUES = 1000;
/** Searches for longer texts are slow and of little use. */
const MAX_TEXT_LENGTH = 4096;

/** What is left of the limits of one filter. */
interface Budget {
  conditions: number;
  listedValues: number;
}

/**
 * Reads a request's filter on streamed fields. An empty part is an error and does not match every row: it may be a condition that only a
 * later version of the server knows.
 *
 * @throws StreamError INVALID_ARGUMENT that names the part.
 */
export function parseFilter(filter: object, model: StreamedModel): Condition {
  return parseConditions(filter, 'filter', 1, {
    model,
    budget: { conditions: MAX_CONDITIONS, listedValues: MAX_LISTED_VALUES },
  });
}

interface Context {
  readonly model: StreamedModel;
  readonly budget: Budget;
}

function parseConditions(filter: object, path: string, depth: number, context: Context): Condition {
  if (depth > MAX_DEPTH) throw invalidField(path, `goes deeper than ${MAX_DEPTH} levels`);
  const conditions = membersOf(filter).map(([name, value]): Condition => {
    const at = `${path}.${name}`;
    const inner = (part: unknown, place: string) => parseConditions(objectAt(part, place), place, depth + 1, context);
    if (name === 'not') return { kind: 'not', part: inner(value, at) };
    if (name !== 'and' && name !== 'or') return parseColumn(name, objectAt(value, at), path, context);
    const parts = listAt(value, at).map((part, index) => inner(part, `${at}[${index}]`));
    return { kind: name, parts };
  });
  if (conditions.length === 0) throw invalidField(path, 'has no condition that this server knows');
  return conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'and', parts: conditions };
}

function parseColumn(property: string, filter: object, parent: string, { model, budget }: Context): Condition {
  const field = model.fields.find((candidate) => (candidate.property ?? candidate.name) === property);
  if (!field) throw invalidField(`${parent}.${property}`, 'is not a field to filter by');
  const path = `${parent}.${apiNameOf(field)}`;
  const members = membersOf(filter);
  if (members.length === 0) throw invalidField(path, 'has no condition that this server knows');
  const conditions = members.map(([member, value]) => {
    if (budget.conditions-- <= 0) throw invalidField('filter', `has more than ${MAX_CONDITIONS} conditions`);
    return parseMember(member, value, path, { field, budget });
  });
  return conditions.length === 1 && conditions[0] ? conditions[0] : { kind: 'and', parts: conditions };
}

function parseMember(
  member: string,
  value: unknown,
  path: string,
  { field, budget }: Pick<Context, 'budget'> & { readonly field: ModelField },
): Condition {
  switch (member) {
    case 'equals':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return { kind: 'compare', field, operator: member, value: boundedValue(field, value, `${path}.${member}`) };
    case 'in': {
      const values = listAt(value, `${path}.in`);
      budget.listedValues -= values.length;
      if (budget.listedValues < 0) throw invalidField('filter', `lists more than ${MAX_LISTED_VALUES} values`);
      return {
        kind: 'in',
        field,
        values: values.map((item, index) => boundedValue(field, item, `${path}.in[${index}]`)),
      };
    }
    case 'contains':
      return { kind: 'text', field, match: 'contains', text: parseText(field, value, `${path}.contains`) };
    case 'startsWith':
      return { kind: 'text', field, match: 'startsWith', text: parseText(field, value, `${path}.starts_with`) };
    case 'isNull': {
      const isNull: Condition = field.optional ? { kind: 'null', field } : noRow(field);
      return value === true ? isNull : { kind: 'not', part: isNull };
    }
    default:
      throw invalidField(`${path}.${member}`, 'is not a condition that this server knows');
  }
}

/**
 * A condition that no row meets: Prisma refuses to compare with NULL a column that is never NULL. An empty OR does not work either: Prisma
 * drops it inside another condition.
 */
function noRow(field: ModelField): Condition {
  if (field.type !== 'Boolean') return { kind: 'in', field, values: [] };
  const is = (value: boolean): Condition => ({ kind: 'compare', field, operator: 'equals', value });
  return { kind: 'and', parts: [is(true), is(false)] };
}

function boundedValue(field: ModelField, value: unknown, path: string): unknown {
  const size = typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
  if (size > MAX_TEXT_LENGTH) throw invalidField(path, `is longer than ${MAX_TEXT_LENGTH}`);
  return parseValue(field, value, path);
}

/** Native types that are texts to Prisma, but not to the database. */
const NO_TEXTS = /^(Uuid|Inet|Bit|VarBit|Xml)/;

function parseText(field: ModelField, value: unknown, path: string): string {
  if (field.type !== 'String' || NO_TEXTS.test(field.native ?? '')) throw invalidField(path, 'works with texts only');
  return String(boundedValue(field, value, path));
}

/** The members that are set; a codec does not distinguish an empty list from one that is not set. */
function membersOf(message: object): [name: string, value: unknown][] {
  return Object.entries(message).filter(
    ([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
  );
}

function objectAt(value: unknown, path: string): object {
  if (typeof value !== 'object' || value === null) throw invalidField(path, 'must be a message');
  return value;
}

function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidField(path, 'must be a list');
  return value;
}
