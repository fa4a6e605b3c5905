import type { Include, SchemaModel, SkippedModel, StreamModel } from '../model/index.js';

/**
 * Leaves out the models that include what is not streamed, or what would include them in turn: a row cannot hold itself. Of a circle
 * all are left out, until one of them lets go.
 */
export function settleIncludes(schema: SchemaModel): SchemaModel {
  const settled = new Map<string, StreamModel>();
  const skipped: SkippedModel[] = [];
  for (const model of schema.models) {
    const reasons = model.includes.flatMap((include) => obstacle(model, include, schema, settled) ?? []);
    if (reasons.length === 0) settled.set(model.name, model);
    const { name, file, line } = model;
    skipped.push(
      ...reasons.map((why) => ({ name, file, line, reason: `${model.kind} "${name}" is left out: it ${why}` })),
    );
  }
  const next = { ...schema, models: [...settled.values()], skipped: [...schema.skipped, ...skipped] };
  // Others may have included what is left out by now.
  return skipped.length === 0 ? next : settleIncludes(next);
}

function obstacle(
  { name: model }: StreamModel,
  include: Include,
  { models }: SchemaModel,
  settled: ReadonlyMap<string, StreamModel>,
): string | undefined {
  const subject = `includes ${include.name}`;
  if (!models.some(({ name }) => name === include.model))
    return `${subject}, and model "${include.model}" is not streamed; remove @grpc.include`;
  if (include.model !== model && !leadsTo(model, include.model, settled)) return undefined;
  return `${subject}, whose rows include model "${model}" again; remove @grpc.include from one of them`;
}

/** Whether what a model includes, or what that includes in turn, is the wanted one. */
function leadsTo(wanted: string, from: string, settled: ReadonlyMap<string, StreamModel>): boolean {
  const includes = settled.get(from)?.includes ?? [];
  return includes.some(({ model }) => model === wanted || leadsTo(wanted, model, settled));
}
