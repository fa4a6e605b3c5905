import { getDMMF } from '@prisma/get-dmmf';
import type { SchemaModel } from '../model/index.js';
import { parseDmmf } from './parse-dmmf.js';
import { readSchemaConfig } from './read-schema-config.js';
import { readSchemaFiles, type SchemaFile } from './read-schema-files.js';
import { schemaErrorFrom } from './schema-error-from.js';

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

/** Parses a schema that was read already. */
export function parseSchema(files: readonly SchemaFile[]): SchemaModel {
  const datamodel = files.map(({ path, content }): [string, string] => [path, content]);
  const dmmf = getDMMF({ datamodel });
  if ('error' in dmmf) throw schemaErrorFrom(dmmf.error);
  return parseDmmf(dmmf.datamodel, { ...readSchemaConfig(files), files });
}
