import type { EnumModel, SchemaModel, SkippedModel } from '../model/index.js';
import { readAnnotations } from './annotations.js';
import { hiddenPartsOf } from './hidden-parts.js';
import { parseModel } from './parse-model.js';
import { type Datamodel, type DmmfEnum, readDatamodel } from './prisma-parser.js';
import { readSchemaConfig } from './schema-blocks.js';
import { blocksIn, readSchemaFiles, type SchemaBlock, type SchemaFile } from './schema-files.js';

/**
 * Reads and parses a Prisma schema, in-process and without Prisma's CLI.
 *
 * @param path A `.prisma` file, or a folder of them.
 * @throws SchemaError that lists every problem, each with its file and line.
 *
 * @example
 * const { models } = await loadSchema('prisma/schema.prisma');
 */
export async function loadSchema(path: string): Promise<SchemaModel> {
  return parseSchema(await readSchemaFiles(path));
}

/** Parses the files of a schema. A model that cannot be streamed is listed under `skipped` with the reason. */
export function parseSchema(files: readonly SchemaFile[]): SchemaModel {
  const { models, enums, indexes } = readDatamodel(files);
  const config = readSchemaConfig(files);
  // Models and enums have their names from one scope.
  const places = new Map(
    blocksIn(files)
      .filter(isDeclaration)
      .map((block) => [block.name, block]),
  );
  const context = {
    places,
    provider: config.provider,
    indexes: indexesByModel(indexes),
    hidden: hiddenPartsOf(files),
    enumProblems: new Map(enums.map((declared) => [declared.name, annotationProblems(declared)])),
  };
  const parsed = models.map((model) => parseModel(model, context));
  return {
    ...config,
    models: parsed.flatMap(({ streamed }) => streamed ?? []),
    omitted: parsed.flatMap(({ omitted }) => omitted ?? []),
    skipped: parsed.flatMap(({ skipped }) => skipped ?? []).sort(byPlace),
    enums: enums.map((declared) => parseEnum(declared, { places, stored: storedNames(enums) })),
  };
}

function isDeclaration({ kind }: SchemaBlock): boolean {
  return kind === 'model' || kind === 'view' || kind === 'enum';
}

function indexesByModel(indexes: Datamodel['indexes']): ReadonlyMap<string, Datamodel['indexes']> {
  const byModel = new Map<string, Datamodel['indexes']>();
  for (const index of indexes) {
    const known = byModel.get(index.model);
    if (known) known.push(index);
    else byModel.set(index.model, [index]);
  }
  return byModel;
}

function annotationProblems({ name, documentation, values }: DmmfEnum): readonly string[] {
  return [
    ...readAnnotations(documentation, 'enum', `enum "${name}"`).problems,
    ...values.flatMap(
      (value) => readAnnotations(value.documentation, 'value', `value "${value.name}" of enum "${name}"`).problems,
    ),
  ];
}

interface EnumContext {
  readonly places: ReadonlyMap<string, SchemaBlock>;
  /** How many enums have each name in the database. */
  readonly stored: ReadonlyMap<string, number>;
}

function storedNames(enums: readonly DmmfEnum[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name, dbName } of enums) counts.set(dbName ?? name, (counts.get(dbName ?? name) ?? 0) + 1);
  return counts;
}

function parseEnum(
  { name, dbName, values: declared, documentation }: DmmfEnum,
  { places, stored }: EnumContext,
): EnumModel {
  const { documentation: comment, apiName } = readAnnotations(documentation, 'enum', name);
  const { file = '', line = 1 } = places.get(name) ?? {};
  // Two database schemas may each have an enum of the same name: then only Prisma's name identifies one.
  const isUnique = dbName != null && stored.get(dbName) === 1;
  const values = declared.map((value) => {
    const { documentation: text, number, apiName: asked } = readAnnotations(value.documentation, 'value', value.name);
    return {
      name: value.name,
      stored: value.dbName ?? value.name,
      ...(text === undefined ? {} : { documentation: text }),
      ...(asked === undefined ? {} : { apiName: asked }),
      ...(number === undefined ? {} : { number }),
    };
  });
  return {
    name,
    ...(dbName && isUnique ? { stored: dbName } : {}),
    file,
    line,
    values,
    ...(apiName === undefined ? {} : { api: { name: apiName } }),
    ...(comment === undefined ? {} : { documentation: comment }),
  };
}

function byPlace(a: SkippedModel, b: SkippedModel): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
