import type { EnumModel, SchemaModel, SkippedModel } from '../model/index.js';
import { readAnnotations } from './annotations.js';
import type { Datamodel } from './dmmf.js';
import { parseModel } from './parse-model.js';
import type { SchemaConfig } from './read-schema-config.js';
import { locateEnum, type SchemaFile } from './read-schema-files.js';

type DmmfEnum = Datamodel['enums'][number];

/** Prisma's data model as our own: what cannot be streamed is set apart with its reason, never dropped in silence. */
export function parseDmmf(
  datamodel: Datamodel,
  { files, ...config }: SchemaConfig & { readonly files: readonly SchemaFile[] },
): SchemaModel {
  const { models, enums } = datamodel;
  const { provider } = config;
  const enumProblems = new Map(enums.map((declared) => [declared.name, problemsOf(declared)]));
  const parsed = models.map((model) => parseModel(model, { datamodel, files, provider, enumProblems }));
  return {
    ...config,
    models: parsed.flatMap(({ streamed }) => streamed ?? []),
    omitted: parsed.flatMap(({ omitted }) => omitted ?? []),
    skipped: parsed.flatMap(({ skipped }) => skipped ?? []).sort(byPlace),
    enums: enums.map((declared) => parseEnum(declared, enums, files)),
  };
}

function problemsOf({ name, documentation, values }: DmmfEnum): readonly string[] {
  return [
    ...readAnnotations(documentation, 'enum', `enum "${name}"`).problems,
    ...values.flatMap(
      (value) => readAnnotations(commentOf(value), 'value', `value "${value.name}" of enum "${name}"`).problems,
    ),
  ];
}

function parseEnum(
  { name, dbName, values: declared, documentation }: DmmfEnum,
  all: readonly DmmfEnum[],
  files: readonly SchemaFile[],
): EnumModel {
  const { documentation: comment } = readAnnotations(documentation, 'enum', name);
  // Two database schemas may each have an enum of one name: then only Prisma's tells them apart.
  const isUnique = all.filter((other) => (other.dbName ?? other.name) === dbName).length === 1;
  const values = declared.map((value) => {
    const { documentation: text, number } = readAnnotations(commentOf(value), 'value', value.name);
    return {
      name: value.name,
      stored: value.dbName ?? value.name,
      ...(text === undefined ? {} : { documentation: text }),
      ...(number === undefined ? {} : { number }),
    };
  });
  return {
    name,
    ...(dbName && isUnique ? { stored: dbName } : {}),
    ...(values.some(({ number }) => number !== undefined) ? { location: locateEnum(name, files) } : {}),
    values,
    ...(comment === undefined ? {} : { documentation: comment }),
  };
}

/** Prisma gives a value its comment, and forgets to say so in its types. */
function commentOf(value: object): string | undefined {
  const comment: unknown = Reflect.get(value, 'documentation');
  return typeof comment === 'string' ? comment : undefined;
}

function byPlace(a: SkippedModel, b: SkippedModel): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
