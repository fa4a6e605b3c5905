import { hasSeveralForms } from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';
import { allOf, type Condition, conditionOf, type FieldCondition, type TextMatch } from './condition.js';
import type { StreamedModel } from './define-model.js';

/** A condition that no index serves: the database may look at every row of the table before it finds one that meets it. */
export interface Unserved {
  /** Undefined for a condition on several fields. */
  readonly field: ModelField | undefined;
  readonly why: 'no index' | 'part of a text' | 'date in several forms' | 'all but some';
}

/**
 * The first condition that no index serves; undefined where indexes serve the whole. An index serves the fields that an order of the model
 * begins with, and the next field of an order where those before it must have one of some values. A condition on the whole key needs no
 * other index.
 *
 * @param fixed What holds for every row beside the condition, such as a hook's scope.
 */
export function firstUnserved(condition: Condition, model: StreamedModel, fixed?: Condition): Unserved | undefined {
  const [first] = partsOf(condition).flatMap((part) => unservedIn(part, contextOf(condition, model, fixed)));
  return first;
}

/** A condition in two: the rows that indexes find, and what each of them must be looked at for. */
export interface SplitCondition {
  readonly served: Condition | undefined;
  readonly searched: Condition | undefined;
}

/** Splits a condition into what indexes serve and what none serves. */
export function splitByIndex(condition: Condition, model: StreamedModel, fixed?: Condition): SplitCondition {
  const context = contextOf(condition, model, fixed);
  const isServed = (part: Condition) => unservedIn(part, context).length === 0;
  const parts = partsOf(condition);
  return {
    served: allOf(...parts.filter(isServed)),
    searched: allOf(...parts.filter((part) => !isServed(part))),
  };
}

/** A hook's scope as a condition; undefined for one that only Prisma's client evaluates. */
export function scopeCondition(scope: object, { fields, hidden = [] }: StreamedModel): Condition | undefined {
  return conditionOf(scope, [...fields, ...hidden]);
}

interface Context {
  readonly model: StreamedModel;
  /** The fields that must have one of some values, whatever else holds. */
  readonly fixed: ReadonlySet<string>;
}

function contextOf(condition: Condition, model: StreamedModel, beside: Condition | undefined): Context {
  const nothing = { model, fixed: new Set<string>() };
  return within(condition, beside ? within(beside, nothing) : nothing);
}

/** What holds for a part of an AND: every other part of it. */
function within(condition: Condition, { model, fixed }: Context): Context {
  const more = partsOf(condition).filter((part) => isFixing(part, model));
  return { model, fixed: new Set([...fixed, ...more.map(({ field }) => field.name)]) };
}

/** The parts that must all hold. */
function partsOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.parts.flatMap(partsOf) : [condition];
}

function isFixing(condition: Condition, model: StreamedModel): condition is FieldCondition {
  switch (condition.kind) {
    case 'null':
      return true;
    case 'in':
      return !isVague(condition, model);
    case 'compare':
      return condition.operator === 'equals' && !isVague(condition, model);
    default:
      return false;
  }
}

/** Whether a condition compares values that may be stored in several forms. */
function isVague({ kind, field }: FieldCondition, { provider }: StreamedModel): boolean {
  return hasSeveralForms(field.type, provider) && kind !== 'null';
}

function unservedIn(condition: Condition, context: Context): readonly Unserved[] {
  const { model, fixed } = context;
  // A few rows, whatever else they are looked at for.
  if (model.key.every(({ field }) => fixed.has(field))) return [];
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap((part) => unservedIn(part, within(part, context)));
    case 'not': {
      // An index also finds what is not NULL; a search for all but some values looks at every row.
      if (condition.part.kind === 'null') return unservedIn(condition.part, context);
      return isNothing(condition.part) ? [] : [{ field: undefined, why: 'all but some' }];
    }
    default:
      return unservedField(condition, context);
  }
}

/** A condition that no row meets, such as NULL in a column that is never NULL. */
function isNothing(condition: Condition): boolean {
  return condition.kind === 'in' && condition.values.length === 0;
}

function unservedField(condition: FieldCondition, context: Context): readonly Unserved[] {
  const { field } = condition;
  const { model } = context;
  if (isNothing(condition)) return [];
  if (condition.kind === 'text' && !walksByStart(condition, model)) return [{ field, why: 'part of a text' }];
  if (!isIndexed(field.name, context)) return [{ field, why: 'no index' }];
  return isVague(condition, model) ? [{ field, why: 'date in several forms' }] : [];
}

function isIndexed(field: string, { model, fixed }: Context): boolean {
  return [model.key, ...model.orders.values()].some((order) => {
    const place = order.findIndex((column) => column.field === field);
    return place >= 0 && order.slice(0, place).every((column) => fixed.has(column.field));
  });
}

/** LIKE walks an index in PostgreSQL only for the collation C, and in SQLite only where it distinguishes case. */
function walksByStart({ match }: { readonly match: TextMatch }, { provider }: StreamedModel): boolean {
  return match === 'startsWith' && provider === 'mysql';
}
