import type { EnumModel, Include, SchemaModel, SkippedModel, StreamModel } from '../model/index.js';
import { nameClashes } from './name-clashes.js';
import { enumLockKeyOf, lockKeyOf } from './names/names.js';
import type { FieldLock } from './numbers/field-lock.js';

/**
 * Leaves out the models that cannot be generated, each with the reason, so that the others can be: models whose names clash in the proto
 * or in the generated code, and models whose includes cannot be sent.
 *
 * @param previous The lock of the last generation: names that clients know are kept.
 */
export function generatableSchema(schema: SchemaModel, previous: FieldLock): SchemaModel {
  return withoutBadIncludes(withoutClashes(schema, previous));
}

function withoutClashes(schema: SchemaModel, previous: FieldLock): SchemaModel {
  const isKnown = (declared: StreamModel | EnumModel) =>
    'table' in declared ? lockKeyOf(declared) in previous.messages : enumLockKeyOf(declared) in previous.enums;
  const clashes = nameClashes(schema, isKnown);
  const leftOut = new Set(clashes.flatMap(({ models }) => models));
  const skipped = schema.models.flatMap(({ name, file, line }) =>
    clashes
      .filter(({ models }) => models.includes(name))
      .map(({ reason }) => ({ name, reason: `model "${name}" is left out: ${reason}`, file, line })),
  );
  return {
    ...schema,
    models: schema.models.filter(({ name }) => !leftOut.has(name)),
    skipped: [...schema.skipped, ...skipped],
  };
}

/** Leaves out models that include a model that is not streamed, and models that include each other: a row cannot contain itself. */
function withoutBadIncludes(schema: SchemaModel): SchemaModel {
  const accepted = new Map<string, StreamModel>();
  const skipped: SkippedModel[] = [];
  for (const model of schema.models) {
    const reasons = model.includes.flatMap((include) => includeProblem(model, include, schema, accepted) ?? []);
    if (reasons.length === 0) accepted.set(model.name, model);
    const { name, file, line } = model;
    skipped.push(
      ...reasons.map((why) => ({ name, file, line, reason: `${model.kind} "${name}" is left out: it ${why}` })),
    );
  }
  const next = { ...schema, models: [...accepted.values()], skipped: [...schema.skipped, ...skipped] };
  // Other models may include those that were just left out.
  return skipped.length === 0 ? next : withoutBadIncludes(next);
}

function includeProblem(
  { name: model }: StreamModel,
  include: Include,
  { models }: SchemaModel,
  accepted: ReadonlyMap<string, StreamModel>,
): string | undefined {
  const subject = `includes ${include.name}`;
  if (!models.some(({ name }) => name === include.model))
    return `${subject}, and model "${include.model}" is not streamed; remove @grpc.include`;
  if (include.model !== model && !leadsTo(model, include.model, accepted)) return undefined;
  return `${subject}, whose rows include model "${model}" again; remove @grpc.include from one of them`;
}

/** Whether a model includes the wanted one, directly or through others. */
function leadsTo(wanted: string, from: string, accepted: ReadonlyMap<string, StreamModel>): boolean {
  const includes = accepted.get(from)?.includes ?? [];
  return includes.some(({ model }) => model === wanted || leadsTo(wanted, model, accepted));
}
