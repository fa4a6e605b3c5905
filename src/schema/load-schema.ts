import type { EnumModel, SchemaModel, SkippedModel } from '../model/index.js';
import { readAnnotations } from './annotations.js';
import { parseModel } from './parse-model.js';
import { type DmmfEnum, readDatamodel } from './prisma-parser.js';
import { readSchemaConfig } from './schema-blocks.js';
import { locateEnum, readSchemaFiles, type SchemaFile } from './schema-files.js';

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
  const datamodel = readDatamodel(files);
  const { models, enums } = datamodel;
  const config = readSchemaConfig(files);
  const enumProblems = new Map(enums.map((declared) => [declared.name, annotationProblems(declared)]));
  const context = { datamodel, files, provider: config.provider, enumProblems };
  const parsed = models.map((model) => parseModel(model, context));
  return {
    ...config,
    models: parsed.flatMap(({ streamed }) => streamed ?? []),
    omitted: parsed.flatMap(({ omitted }) => omitted ?? []),
    skipped: parsed.flatMap(({ skipped }) => skipped ?? []).sort(byPlace),
    enums: enums.map((declared) => parseEnum(declared, enums, files)),
  };
}

function annotationProblems({ name, documentation, values }: DmmfEnum): readonly string[] {
  return [
    ...readAnnotations(documentation, 'enum', `enum "${name}"`).problems,
    ...values.flatMap(
      (value) => readAnnotations(value.documentation, 'value', `value "${value.name}" of enum "${name}"`).problems,
    ),
  ];
}

function parseEnum(
  { name, dbName, values: declared, documentation }: DmmfEnum,
  all: readonly DmmfEnum[],
  files: readonly SchemaFile[],
): EnumModel {
  const { documentation: comment } = readAnnotations(documentation, 'enum', name);
  // Two database schemas may each have an enum of the same name: then only Prisma's name identifies one.
  const isUnique = all.filter((other) => (other.dbName ?? other.name) === dbName).length === 1;
  const values = declared.map((value) => {
    const { documentation: text, number } = readAnnotations(value.documentation, 'value', value.name);
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

function byPlace(a: SkippedModel, b: SkippedModel): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
