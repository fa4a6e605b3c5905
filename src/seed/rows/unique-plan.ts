import { SchemaError } from '../../errors/index.js';
import type { Field, Relation, SchemaModel, StreamModel } from '../../model/index.js';
import { isNumbered } from '../values/field-limits.js';
import { uniqueValues } from '../values/unique-value.js';
import type { RelationPlan } from './models-to-seed.js';

/** How the values of a model's unique constraints are made from a row's index, so that they always differ. */
export interface UniquePlan {
  /** Fields that differ in every row. */
  readonly distinct: ReadonlySet<string>;
  /** Members that count like the digits of a number, so that together they differ in every row. */
  readonly counters: readonly (readonly CounterMember[])[];
  /** How many rows the table behind a relation must have, by the relation's name. */
  readonly parentsNeeded: ReadonlyMap<string, number>;
}

/** One digit: a field with so many values, or a relation with as many values as its table has rows. */
export type CounterMember =
  | { readonly kind: 'field'; readonly field: Field; readonly radix: number }
  | { readonly kind: 'relation'; readonly relation: Relation };

/**
 * Plans the unique constraints of a table that will have up to `rows` rows.
 *
 * For each constraint, it chooses one free column that can differ in all rows, or else all members as digits.
 *
 * @throws SchemaError when the columns of a constraint do not have that many values.
 */
export function planUniques(
  model: StreamModel,
  schema: SchemaModel,
  relations: RelationPlan,
  rows: number,
): UniquePlan {
  const distinct = new Set(model.fields.filter((field) => isNumbered(field, schema)).map(({ name }) => name));
  const counters: CounterMember[][] = [];
  const parentsNeeded = new Map<string, number>();
  for (const constraint of bySize(model.uniques)) {
    if (isMet(constraint, distinct, counters, relations)) continue;
    const taken = new Set(counters.flat().flatMap(fieldsOf));
    const free = freeFields(model, constraint).filter(({ name }) => !taken.has(name));
    const able = free.find((field) => uniqueValues(field, schema).capacity >= rows);
    if (able) {
      distinct.add(able.name);
      continue;
    }
    const members: CounterMember[] = [
      ...free.map((field) => ({ kind: 'field' as const, field, radix: uniqueValues(field, schema).capacity })),
      ...countableRelations(relations, (name) => constraint.includes(name) && !taken.has(name)),
    ];
    countParents(model, constraint, members, rows, parentsNeeded);
    counters.push(members);
  }
  return { distinct, counters, parentsNeeded };
}

/** The constraints with the fewest columns first: values that differ in some columns also differ in more columns. */
function bySize(uniques: StreamModel['uniques']): StreamModel['uniques'] {
  return [...uniques].sort((a, b) => a.length - b.length);
}

function isMet(
  constraint: readonly string[],
  distinct: ReadonlySet<string>,
  counters: readonly (readonly CounterMember[])[],
  { empty }: RelationPlan,
): boolean {
  return (
    constraint.some((name) => distinct.has(name)) ||
    counters.some((members) => members.flatMap(fieldsOf).every((name) => constraint.includes(name))) ||
    // A unique constraint allows any number of nulls.
    empty.some(({ fields }) => fields.some((name) => constraint.includes(name)))
  );
}

/** Fields of a constraint that belong to no relation: numbers first, then texts, then others, as a person would choose. */
function freeFields({ fields, relations }: StreamModel, constraint: readonly string[]): Field[] {
  const keys = new Set(relations.flatMap((relation) => relation.fields));
  return fields
    .filter(({ name }) => constraint.includes(name) && !keys.has(name))
    .sort((a, b) => preference(a) - preference(b));
}

function preference({ type }: Field): number {
  if (type.kind === 'enum') return 3;
  return { Int: 0, BigInt: 0, String: 1, DateTime: 2, Decimal: 2, Bytes: 2, Float: 2, Json: 2, Boolean: 3 }[
    type.scalar
  ];
}

/** Relations whose columns all belong to a constraint; of relations that share columns, the one with the most. */
function countableRelations({ parents }: RelationPlan, isOpen: (name: string) => boolean): CounterMember[] {
  const chosen: Relation[] = [];
  for (const relation of [...parents].sort((a, b) => b.fields.length - a.fields.length)) {
    const overlaps = chosen.some(({ fields }) => fields.some((name) => relation.fields.includes(name)));
    if (!overlaps && relation.fields.every(isOpen)) chosen.push(relation);
  }
  return chosen.map((relation) => ({ kind: 'relation', relation }));
}

function fieldsOf(member: CounterMember): readonly string[] {
  return member.kind === 'field' ? [member.field.name] : member.relation.fields;
}

/** Sets how many rows each parent table needs, so that together with the columns there are enough values for all rows. */
function countParents(
  model: StreamModel,
  constraint: readonly string[],
  members: readonly CounterMember[],
  rows: number,
  needed: Map<string, number>,
): void {
  const values = members.reduce((product, member) => product * (member.kind === 'field' ? member.radix : 1), 1);
  const relations = members.flatMap((member) => (member.kind === 'relation' ? [member.relation] : []));
  if (relations.length === 0 && values < rows) throw tooFewValues(model, constraint, values, rows);
  const share = smallestRoot(rows / values, relations.length);
  for (const { name } of relations) needed.set(name, Math.max(share, needed.get(name) ?? 1));
}

/** The smallest whole number whose power reaches `total`. */
function smallestRoot(total: number, power: number): number {
  let root = Math.max(1, Math.floor(total ** (1 / power)));
  while (root ** power < total) root++;
  return root;
}

function tooFewValues({ name }: StreamModel, constraint: readonly string[], values: number, rows: number): SchemaError {
  const columns = constraint.join(', ');
  return new SchemaError(
    'schema.too_few_values',
    `model "${name}" cannot have ${rows} rows: its unique ${columns} has ${values} different values`,
    { nextActions: [`ask for at most ${values} rows`] },
  );
}
