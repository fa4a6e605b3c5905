import { UsageError } from '../errors/index.js';
import type { SchemaModel, StreamModel } from '../model/index.js';

/**
 * The models that get the rows when nobody names any: those that no other model points to. The tables that they point to
 * in turn are filled as their parents. In a schema where all models point to one another, the first.
 */
export function modelsToSeed({ models }: SchemaModel): readonly string[] {
  const pointedTo = new Set(models.flatMap((model) => parentsOf(model)));
  const ends = models.filter(({ name }) => !pointedTo.has(name));
  return (ends.length > 0 ? ends : models.slice(0, 1)).map(({ name }) => name);
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
