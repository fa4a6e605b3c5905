import { relative, resolve } from 'node:path';
import type { SchemaModel } from '../model/index.js';
import type { FoundSchema } from './find-schema.js';
import { readFileIfAny } from './read-file-if-any.js';

/** What there is, and what the user has to do by hand. */
export interface Description {
  readonly found: readonly string[];
  readonly advice: readonly string[];
}

/** Tells the user what was found in a project, so that a wrong guess is seen at once. */
export async function describeExistingProject(
  folder: string,
  found: FoundSchema,
  schema: SchemaModel,
): Promise<Description> {
  return {
    found: [schemaLine(found, schema), ...clientLine(folder, schema)],
    advice: [
      ...clientAdvice(schema),
      ...schema.skipped.map(({ file, line, reason }) => `${relative(folder, file)}:${line}: ${reason}`),
      ...(await ignoreAdvice(folder)),
      ...(await rootDirAdvice(folder)),
    ],
  };
}

function schemaLine({ path, namedBy }: FoundSchema, { provider, models }: SchemaModel): string {
  const origin = namedBy === undefined ? '' : `, named by ${namedBy}`;
  const count = models.length === 1 ? '1 model' : `${models.length} models`;
  return `Prisma schema ${path} (${provider}, ${count} to stream${origin}); it stays as it is`;
}

function clientLine(folder: string, { clientOutput }: SchemaModel): string[] {
  return clientOutput === undefined ? [] : [`Prisma client in ${relative(folder, clientOutput)}`];
}

function clientAdvice({ clientOutput }: SchemaModel): string[] {
  if (clientOutput !== undefined) return [];
  const block = 'generator client { provider = "prisma-client" output = "../src/generated/prisma" }';
  return [`the schema has no prisma-client generator with an output; add: ${block}`];
}

async function ignoreAdvice(folder: string): Promise<string[]> {
  const ignored = await readFileIfAny(resolve(folder, '.gitignore'));
  if (ignored === undefined || ignored.includes('src/grpc/generated')) return [];
  return ['src/grpc/generated/ is written again by every generate: add it to .gitignore; commit proto/'];
}

/** The generated server imports `grpc-stream.config.ts`, which lies beside `src`, not in it. */
async function rootDirAdvice(folder: string): Promise<string[]> {
  const text = (await readFileIfAny(resolve(folder, 'tsconfig.json'))) ?? '';
  if (!/^[^/\n]*"rootDir"\s*:\s*"(\.\/)?src\/?"/m.test(text)) return [];
  return ['tsconfig.json has "rootDir": "src", which leaves out grpc-stream.config.ts: set it to "."'];
}
