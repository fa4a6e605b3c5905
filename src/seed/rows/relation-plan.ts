import { SchemaError } from '../../errors/index.js';
import type { Relation, SchemaModel, StreamModel } from '../../model/index.js';

/** Which foreign keys of a model are filled, and how. */
export interface RelationPlan {
  /** Point to rows of another table, which is seeded first. */
  readonly parents: readonly Relation[];
  /** Point to earlier rows of the same table. */
  readonly self: readonly Relation[];
  /** Stay null, since filling them would close a circle. */
  readonly empty: readonly Relation[];
}

/**
 * Orders a schema: every required relation is followed, and every optional one that does not lead back to its own model.
 *
 * @throws SchemaError when required relations lead in a circle: no row could be the first.
 */
export function planRelations(schema: SchemaModel): ReadonlyMap<string, RelationPlan> {
  const links = new Links();
  for (const model of schema.models) {
    for (const relation of model.relations)
      if (!relation.optional && !isSelf(model, relation)) links.add(model, relation);
  }
  const followed = new Set<Relation>();
  for (const model of schema.models) {
    for (const relation of model.relations) {
      if (!relation.optional || isSelf(model, relation)) continue;
      if (!knows(schema, relation) || links.reaches(relation.references.model, model.name)) continue;
      links.add(model, relation);
      followed.add(relation);
    }
  }
  return new Map(schema.models.map((model) => [model.name, planOf(model, followed)]));
}

/** @throws SchemaError when the model can have no first row. */
export function assertSeedable(model: StreamModel, schema: SchemaModel): void {
  for (const relation of model.relations) {
    if (relation.optional) continue;
    const parent = relation.references.model;
    if (isSelf(model, relation)) throw unseedable(model, `its required relation "${relation.name}" points to itself`);
    if (!knows(schema, relation)) throw unseedable(model, `it requires "${parent}", whose rows cannot be made`);
    const circle = requiredPath(parent, model.name, schema, []);
    if (circle) throw unseedable(model, `required relations lead in a circle: ${[model.name, ...circle].join(' → ')}`);
  }
}

function unseedable({ name }: StreamModel, reason: string): SchemaError {
  return new SchemaError('schema.unseedable', `model "${name}" cannot be seeded: ${reason}`, {
    nextActions: ['make one of these relations optional, or fill the table yourself'],
  });
}

function requiredPath(from: string, to: string, schema: SchemaModel, seen: readonly string[]): string[] | undefined {
  if (from === to) return [to];
  if (seen.includes(from)) return undefined;
  const model = schema.models.find(({ name }) => name === from);
  for (const relation of model?.relations.filter(({ optional }) => !optional) ?? []) {
    const path = requiredPath(relation.references.model, to, schema, [...seen, from]);
    if (path) return [from, ...path];
  }
  return undefined;
}

function planOf(model: StreamModel, followed: ReadonlySet<Relation>): RelationPlan {
  const self = model.relations.filter((relation) => isSelf(model, relation) && standsAlone(model, relation));
  const parents = model.relations.filter(
    (relation) => !isSelf(model, relation) && (!relation.optional || followed.has(relation)),
  );
  const empty = model.relations.filter((relation) => !self.includes(relation) && !parents.includes(relation));
  return { parents, self, empty };
}

/** A self relation is left null where its columns belong to a unique constraint or to another relation too. */
function standsAlone({ relations, uniques }: StreamModel, relation: Relation): boolean {
  const others = [...relations.filter((other) => other !== relation).map(({ fields }) => fields), ...uniques];
  return relation.fields.every((field) => !others.some((fields) => fields.includes(field)));
}

function isSelf(model: StreamModel, relation: Relation): boolean {
  return relation.references.model === model.name;
}

function knows(schema: SchemaModel, { references }: Relation): boolean {
  return schema.models.some(({ name }) => name === references.model);
}

/** Which models must be there before which. */
class Links {
  readonly #parents = new Map<string, Set<string>>();

  add(model: StreamModel, { references }: Relation): void {
    this.#parents.set(model.name, (this.#parents.get(model.name) ?? new Set()).add(references.model));
  }

  reaches(from: string, to: string, seen = new Set<string>()): boolean {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(this.#parents.get(from) ?? [])].some((parent) => this.reaches(parent, to, seen));
  }
}
