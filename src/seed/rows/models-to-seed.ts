import { SchemaError, UsageError } from '../../errors/index.js';
import type { Relation, SchemaModel, StreamModel } from '../../model/index.js';
import { wholeSchema } from '../tables/table-queries.js';

/**
 * The models that get rows, parents before the models that point to them: those that are named, or else those that no other model points
 * to. The tables that they point to are filled as their parents. In a schema where all models point to one another, it is the first.
 *
 * @throws UsageError when a named model does not exist, SchemaError when one of them cannot have rows.
 */
export function modelsToSeed(schema: SchemaModel, names?: readonly string[]): readonly string[] {
  const whole = wholeSchema(schema);
  const named = (names ?? modelsWithoutChildren(schema)).map((name) => modelNamed(name, whole));
  for (const model of named) assertSeedable(model, whole);
  const chosen = new Set(named.map(({ name }) => name));
  return parentsFirst(whole).filter((name) => chosen.has(name));
}

function modelsWithoutChildren(schema: SchemaModel): readonly string[] {
  const models = schema.models.filter(({ kind }) => kind === 'model');
  const parents = new Set(models.flatMap((model) => parentsOf(model)));
  const ends = models.filter(({ name }) => !parents.has(name));
  return (ends.length > 0 ? ends : models.slice(0, 1)).map(({ name }) => name);
}

function parentsOf({ name, relations }: StreamModel): string[] {
  return relations.map(({ references }) => references.model).filter((parent) => parent !== name);
}

function parentsFirst(schema: SchemaModel): string[] {
  const plans = planRelations(schema);
  const ordered = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { references } of plans.get(name)?.parents ?? []) visit(references.model);
    ordered.add(name);
  };
  for (const { name } of schema.models) visit(name);
  return [...ordered];
}

/**
 * The model of a name; `book` is `Book` as well, where no model has the very name.
 *
 * @throws UsageError that lists the models.
 */
export function modelNamed(name: string, { models, skipped }: SchemaModel): StreamModel {
  const model =
    models.find((candidate) => candidate.name === name) ??
    models.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (model) return model;
  const reason = skipped.find((candidate) => candidate.name === name)?.reason;
  throw new UsageError('seed.unknown_model', reason ?? `the schema has no model "${name}"`, {
    nextActions: [`choose one of: ${models.map((candidate) => candidate.name).join(', ')}`],
  });
}

/** How the foreign keys of a model are filled. */
export interface RelationPlan {
  /** They point to rows of another table, which is seeded first. */
  readonly parents: readonly Relation[];
  /** They point to earlier rows of the same table. */
  readonly self: readonly Relation[];
  /** They stay null, since filling them would close a circle. */
  readonly empty: readonly Relation[];
}

/** Plans the relations of a schema: every required one is filled, and every optional one that does not lead back to its own model. */
export function planRelations(schema: SchemaModel): ReadonlyMap<string, RelationPlan> {
  const links = new Links();
  for (const model of schema.models) {
    for (const relation of model.relations)
      if (!relation.optional && !isSelf(model, relation)) links.add(model, relation);
  }
  const filled = new Set<Relation>();
  for (const model of schema.models) {
    for (const relation of model.relations) {
      if (!relation.optional || isSelf(model, relation)) continue;
      if (!canHaveRows(schema, relation) || links.reaches(relation.references.model, model.name)) continue;
      links.add(model, relation);
      filled.add(relation);
    }
  }
  return new Map(schema.models.map((model) => [model.name, planOf(model, filled)]));
}

function planOf(model: StreamModel, filled: ReadonlySet<Relation>): RelationPlan {
  const self = model.relations.filter((relation) => isSelf(model, relation) && sharesNoColumn(model, relation));
  const parents = model.relations.filter(
    (relation) => !isSelf(model, relation) && (!relation.optional || filled.has(relation)),
  );
  const empty = model.relations.filter((relation) => !self.includes(relation) && !parents.includes(relation));
  return { parents, self, empty };
}

/** A relation to the same table stays null where its columns also belong to a unique constraint or to another relation. */
function sharesNoColumn({ relations, uniques }: StreamModel, relation: Relation): boolean {
  const others = [...relations.filter((other) => other !== relation).map(({ fields }) => fields), ...uniques];
  return relation.fields.every((field) => !others.some((fields) => fields.includes(field)));
}

/** @throws SchemaError when the model cannot have a first row. */
export function assertSeedable(model: StreamModel, schema: SchemaModel): void {
  const [column] = model.unwritable ?? [];
  if (column !== undefined) throw unwritable(model, column);
  for (const relation of model.relations) {
    if (relation.optional) continue;
    const parent = relation.references.model;
    if (isSelf(model, relation)) throw unseedable(model, `its required relation "${relation.name}" points to itself`);
    if (!hasModel(schema, relation)) throw unseedable(model, `it requires "${parent}", which cannot be seeded`);
    const circle = requiredPath(parent, model.name, schema, []);
    if (circle) throw unseedable(model, `required relations form a circle: ${[model.name, ...circle].join(' → ')}`);
  }
}

function unseedable({ name }: StreamModel, reason: string): SchemaError {
  return new SchemaError('schema.unseedable', `model "${name}" cannot be seeded: ${reason}`, {
    nextActions: ['make one of these relations optional, or fill the table yourself'],
  });
}

function unwritable({ name, file, line }: StreamModel, column: string): SchemaError {
  const message = `model "${name}" cannot be seeded: nothing can be written into its required column "${column}", which Prisma's client does not have`;
  return new SchemaError('schema.unseedable', message, {
    location: { file, line },
    nextActions: ['fill that table yourself', 'or name other models with --model'],
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

function isSelf(model: StreamModel, relation: Relation): boolean {
  return relation.references.model === model.name;
}

function hasModel(schema: SchemaModel, { references }: Relation): boolean {
  return schema.models.some(({ name }) => name === references.model);
}

/** An optional relation to a table that nobody can write into stays null. */
function canHaveRows({ models }: SchemaModel, { references }: Relation): boolean {
  return models.some(({ name, unwritable = [] }) => name === references.model && unwritable.length === 0);
}

/** Which models must be filled before which. */
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
