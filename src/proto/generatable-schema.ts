import { SchemaError } from '../errors/index.js';
import type { Include, SchemaModel, SkippedModel, StreamModel } from '../model/index.js';
import { lockKeyOf } from './names/names.js';
import type { Renaming } from './naming/name-scope.js';
import { resolveNames } from './naming/resolve-names.js';
import type { FieldLock } from './numbers/field-lock.js';

/** A schema of which every model can be generated. */
interface NamedSchema {
  /** The schema with its names in the API. Models that cannot be generated are among the skipped, each with the reason. */
  readonly schema: SchemaModel;
  /** Names that differ from those that follow from the schema. */
  readonly renamed: readonly Renaming[];
}

/**
 * Leaves out the models that cannot be generated, so that the others can be, and names what remains.
 *
 * @param previous The lock of the last generation: names that clients know are kept.
 * @throws SchemaError when a model would be left out that clients know, or when `@grpc.name` asks for a name that is not free.
 */
export function generatableSchema(whole: SchemaModel, previous: FieldLock): SchemaModel {
  return nameSchema(whole, previous).schema;
}

/** The same, with the names that could not be those that follow from the schema. */
export function nameSchema(whole: SchemaModel, previous: FieldLock): NamedSchema {
  const generatable = withoutBadIncludes(whole);
  assertNothingIsLost(generatable, previous);
  const { schema, renamed } = resolveNames(generatable, previous);
  const refused = renamed.filter(({ name }) => name === undefined);
  if (refused.length > 0) throw nameError(refused);
  return { schema, renamed };
}

/** Leaves out models that include a model that is not streamed, and models that include each other: a row cannot contain itself. */
function withoutBadIncludes(schema: SchemaModel): SchemaModel {
  const accepted = new Map<string, StreamModel>();
  const skipped: SkippedModel[] = [];
  const streamed = new Set(schema.models.map(({ name }) => name));
  for (const model of schema.models) {
    const reasons = model.includes.flatMap((include) => includeProblem(model, include, streamed, accepted) ?? []);
    if (reasons.length === 0) accepted.set(model.name, model);
    const { name, table, schema: database, file, line } = model;
    skipped.push(
      ...reasons.map((why) => ({
        name,
        table,
        ...(database === undefined ? {} : { schema: database }),
        file,
        line,
        reason: `${model.kind} "${name}" is left out: it ${why}`,
      })),
    );
  }
  const next = { ...schema, models: [...accepted.values()], skipped: [...schema.skipped, ...skipped] };
  // Other models may include those that were just left out.
  return skipped.length === 0 ? next : withoutBadIncludes(next);
}

function includeProblem(
  { name: model }: StreamModel,
  include: Include,
  streamed: ReadonlySet<string>,
  accepted: ReadonlyMap<string, StreamModel>,
): string | undefined {
  const subject = `includes ${include.name}`;
  if (!streamed.has(include.model))
    return `${subject}, and model "${include.model}" is not streamed; remove @grpc.include`;
  if (include.model !== model && !leadsTo(model, include.model, accepted)) return undefined;
  return `${subject}, whose rows include model "${model}" again; remove @grpc.include from one of them`;
}

/** Whether a model includes the wanted one, directly or through others. */
function leadsTo(wanted: string, from: string, accepted: ReadonlyMap<string, StreamModel>): boolean {
  const includes = accepted.get(from)?.includes ?? [];
  return includes.some(({ model }) => model === wanted || leadsTo(wanted, model, accepted));
}

/** A model in service that a mistake would take away: its clients would find out. One that is removed or omitted is gone on purpose. */
function assertNothingIsLost({ skipped }: SchemaModel, { messages }: FieldLock): void {
  const lost = skipped.filter((model) => {
    const known = messages[lockKeyOf(model)];
    return known !== undefined && !known.removed;
  });
  if (lost.length === 0) return;
  throw errorAt(
    'schema.lost_model',
    lost.map(({ reason, file, line }) => ({ message: `${reason}; it is in service`, location: { file, line } })),
    'correct that, or leave the model out on purpose with /// @grpc.omit: its clients then get UNIMPLEMENTED',
  );
}

function nameError(refused: readonly Renaming[]): SchemaError {
  return errorAt(
    'schema.names',
    refused.map(({ clash: { owner, name, holder }, location }) => ({
      message: `${owner} would be ${name} in the API, which is the name of ${holder}`,
      location,
    })),
    'ask for another name with /// @grpc.name(…)',
  );
}

interface Problem {
  readonly message: string;
  readonly location: { readonly file: string; readonly line: number };
}

function errorAt(code: string, problems: readonly Problem[], nextAction: string): SchemaError {
  const [first, ...rest] = problems;
  const lines = rest.map(({ message, location }) => `      ${location.file}:${location.line}: ${message}`);
  return new SchemaError(code, [first?.message, ...lines].join('\n'), {
    ...(first ? { location: first.location } : {}),
    nextActions: [nextAction],
  });
}
