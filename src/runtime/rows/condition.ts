import { StreamError } from '../../errors/index.js';
import { type DatabaseProvider, snakeCase } from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';

/**
 * A condition on rows: one form for filters of requests and scopes of hooks, which becomes SQL or Prisma's `where`. Values are those of
 * Prisma's client, a Decimal as its digits. An empty `and` is true for every row, an empty `or` for none.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly field: ModelField;
      readonly operator: ComparisonOperator;
      readonly value: unknown;
    }
  | { readonly kind: 'in'; readonly field: ModelField; readonly values: readonly unknown[] }
  | { readonly kind: 'text'; readonly field: ModelField; readonly match: TextMatch; readonly text: string }
  | { readonly kind: 'null'; readonly field: ModelField };

export type ComparisonOperator = 'equals' | 'lt' | 'lte' | 'gt' | 'gte';

/** How a text is searched for within a column's text. */
export type TextMatch = 'contains' | 'startsWith';

/** Joins the conditions that are defined; undefined when none is. */
export function allOf(...conditions: readonly (Condition | undefined)[]): Condition | undefined {
  const parts = conditions.filter((condition) => condition !== undefined);
  return parts.length > 1 ? { kind: 'and', parts } : parts[0];
}

/** A condition on one field. */
export type FieldCondition = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;

/** The conditions on single fields within a condition. */
export function fieldConditions(condition: Condition): readonly FieldCondition[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(fieldConditions);
    case 'not':
      return fieldConditions(condition.part);
    default:
      return [condition];
  }
}

/** Prisma's `where` for a condition. */
export function prismaWhere(condition: Condition, provider: DatabaseProvider | undefined): object {
  switch (condition.kind) {
    case 'and':
      return { AND: condition.parts.map((part) => prismaWhere(part, provider)) };
    case 'or':
      return { OR: condition.parts.map((part) => prismaWhere(part, provider)) };
    case 'not':
      return { NOT: prismaWhere(condition.part, provider) };
    case 'compare':
      return { [condition.field.name]: { [condition.operator]: condition.value } };
    case 'in':
      return whereIn(condition.field, condition.values);
    case 'text':
      return { [condition.field.name]: { [condition.match]: patternOf(condition, provider) } };
    case 'null':
      return { [condition.field.name]: null };
  }
}

/** Databases whose LIKE has the backslash as its escape character. */
const ESCAPING: readonly (DatabaseProvider | undefined)[] = ['postgresql', 'cockroachdb', 'mysql'];

/** Escapes % and _, which Prisma passes to LIKE as wildcards. */
function patternOf(
  { field, text }: { readonly field: ModelField; readonly text: string },
  provider: DatabaseProvider | undefined,
): string {
  if (ESCAPING.includes(provider)) return text.replace(/[\\%_]/g, '\\$&');
  if (!/[%_[]/.test(text)) return text;
  throw new StreamError(
    'stream.invalid_request',
    `the text that ${snakeCase(field.name)} is searched for must not contain %, _ or [, which this server cannot search for`,
    {
      status: 'INVALID_ARGUMENT',
      phase: 'request',
    },
  );
}

/** For a list of floating-point numbers that includes a large whole number, Prisma misses matches: each number becomes a condition. */
function whereIn({ name, type }: ModelField, values: readonly unknown[]): object {
  if (type !== 'Float' || values.length === 0) return { [name]: { in: values } };
  return { OR: values.map((value) => ({ [name]: value })) };
}

/**
 * Converts Prisma's `where`, which a hook's `scope` returns, to a condition on the model's own fields. Undefined for any other `where`, such
 * as one on relations: Prisma's client evaluates those.
 */
export function conditionOf(where: unknown, fields: readonly ModelField[]): Condition | undefined {
  if (!isPlainObject(where)) return undefined;
  const parts = Object.entries(where).map(([name, value]) => {
    switch (name) {
      case 'AND':
        return every(listOf(value), fields);
      case 'OR':
        return every(listOf(value), fields, 'or');
      case 'NOT': {
        const conditions = listOf(value).map((part) => conditionOf(part, fields));
        return joined(conditions.map((part) => part && { kind: 'not', part }));
      }
      default: {
        const field = fields.find((candidate) => candidate.name === name);
        return field && fieldCondition(field, value);
      }
    }
  });
  return joined(parts);
}

function every(parts: readonly unknown[], fields: readonly ModelField[], kind: 'and' | 'or' = 'and') {
  return joined(
    parts.map((part) => conditionOf(part, fields)),
    kind,
  );
}

/** Undefined as soon as one part is: without that part, the condition would match more rows. */
function joined(parts: readonly (Condition | undefined)[], kind: 'and' | 'or' = 'and'): Condition | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length === 1 ? known[0] : { kind, parts: known };
}

function fieldCondition(field: ModelField, filter: unknown): Condition | undefined {
  if (field.list || field.type === 'Json' || field.type === 'row') return undefined;
  if (!isPlainObject(filter)) return equalTo(field, filter);
  const parts = Object.entries(filter).map(([operator, value]): Condition | undefined => {
    switch (operator) {
      case 'equals':
        return equalTo(field, value);
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte': {
        const known = knownValue(field, value);
        return known === undefined ? undefined : { kind: 'compare', field, operator, value: known };
      }
      case 'in':
        return oneOf(field, value);
      case 'notIn':
        return negated(oneOf(field, value));
      case 'not':
        return negated(fieldCondition(field, value));
      default:
        return undefined;
    }
  });
  return joined(parts);
}

function equalTo(field: ModelField, value: unknown): Condition | undefined {
  if (value === null) return field.optional ? { kind: 'null', field } : undefined;
  const known = knownValue(field, value);
  return known === undefined ? undefined : { kind: 'compare', field, operator: 'equals', value: known };
}

function oneOf(field: ModelField, list: unknown): Condition | undefined {
  if (!Array.isArray(list)) return undefined;
  const values = list.map((value) => knownValue(field, value));
  return values.includes(undefined) ? undefined : { kind: 'in', field, values };
}

function negated(part: Condition | undefined): Condition | undefined {
  return part && { kind: 'not', part };
}

/** Converts a value of Prisma's `where` to the value of a condition; undefined for forms that only Prisma's client evaluates. */
function knownValue({ type, values = {} }: ModelField, value: unknown): unknown {
  switch (type) {
    case 'String':
      return typeof value === 'string' ? value : undefined;
    case 'enum':
      return typeof value === 'string' && Object.hasOwn(values, value) ? value : undefined;
    case 'Boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'Int':
    case 'Float':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'BigInt':
      if (typeof value === 'bigint') return value;
      return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
    case 'Decimal':
      return /^-?\d+(\.\d+)?$/.test(String(value)) ? String(value) : undefined;
    case 'DateTime':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined;
    case 'Bytes':
      return value instanceof Uint8Array ? value : undefined;
    default:
      return undefined;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Dates, decimals and bytes are values, not conditions. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
