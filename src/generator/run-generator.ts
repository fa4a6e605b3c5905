import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import helper, { type GeneratorConfig, type GeneratorOptions } from '@prisma/generator-helper';
import { applyChanges } from '../disk/index.js';
import { GrpcStreamError, SchemaError } from '../errors/index.js';
import { generateProject, remarksOf } from '../project/generate-project.js';
import { hasConfig, loadProject } from '../project/load-project.js';

/**
 * Answers Prisma, which speaks JSON-RPC over stdin and stderr: nothing else may be printed to stderr. Remarks for people go to stdout,
 * which Prisma passes on.
 */
export function runGenerator(): void {
  helper.generatorHandler({
    onManifest: (config) => withReadableErrors(() => manifestOf(config)),
    onGenerate: (options) => withReadableErrors(() => generateFiles(options)),
  });
}

/** The default output, relative to the folder of the schema's file, as Prisma expects it. */
async function manifestOf({ sourceFilePath }: GeneratorConfig) {
  const { outputDir } = await loadProject({ cwd: findProject(sourceFilePath) });
  return { prettyName: 'grpc-stream', defaultOutput: relative(dirname(sourceFilePath), outputDir) };
}

async function generateFiles({ schemaPath }: GeneratorOptions): Promise<void> {
  const generation = await generateProject({ cwd: findProject(schemaPath), schemaPath });
  for (const line of remarksOf(generation)) process.stdout.write(`${line}\n`);
  await applyChanges(generation.changes);
}

/** Prisma shows only the message of an error: place and next actions have to be in it. */
async function withReadableErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof GrpcStreamError ? new Error(describe(error), { cause: error }) : error;
  }
}

function describe(error: GrpcStreamError): string {
  const { location } = error instanceof SchemaError ? error : {};
  const place = location ? `${location.file}:${location.line}: ` : '';
  return [`${place}${error.message}`, ...error.nextActions.map((action) => `  → ${action}`)].join('\n');
}

/**
 * The project that a schema belongs to, independent of the working folder: the nearest folder above it with a configuration of ours, or
 * else with a package.json, or else the working folder.
 */
function findProject(schemaPath: string): string {
  const folders = foldersAbove(resolve(schemaPath));
  return folders.find(hasConfig) ?? folders.find((folder) => existsSync(join(folder, 'package.json'))) ?? process.cwd();
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}
