import { UsageError } from '../../errors/index.js';
import type { SchemaModel, StreamModel } from '../../model/index.js';
import { wholeSchema } from '../whole-schema.js';
import { planRelations } from './relation-plan.js';

/**
 * The models that get the rows, parents before what points to them: those that are named, or else those that no other
 * model points to. The tables that they point to in turn are filled as their parents. In a schema where all models
 * point to one another, the first.
 *
 * @throws UsageError when a model is named that does not exist.
 */
export function modelsToSeed(schema: SchemaModel, names?: readonly string[]): readonly string[] {
  const whole = wholeSchema(schema);
  const chosen = new Set((names ?? endsOf(schema)).map((name) => modelNamed(name, whole).name));
  return parentsFirst(whole).filter((name) => chosen.has(name));
}

function endsOf(schema: SchemaModel): readonly string[] {
  const models = schema.models.filter(({ kind }) => kind === 'model');
  const pointedTo = new Set(models.flatMap((model) => parentsOf(model)));
  const ends = models.filter(({ name }) => !pointedTo.has(name));
  return (ends.length > 0 ? ends : models.slice(0, 1)).map(({ name }) => name);
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

/** @throws UsageError that lists the models there are. */
export function modelNamed(name: string, { models, skipped }: SchemaModel): StreamModel {
  const model = models.find((candidate) => candidate.name === name);
  if (model) return model;
  const reason = skipped.find((candidate) => candidate.name === name)?.reason;
  throw new UsageError('seed.unknown_model', reason ?? `the schema has no model "${name}"`, {
    nextActions: [`choose one of: ${models.map((candidate) => candidate.name).join(', ')}`],
  });
}

function parentsOf({ name, relations }: StreamModel): string[] {
  return relations.map(({ references }) => references.model).filter((parent) => parent !== name);
}
