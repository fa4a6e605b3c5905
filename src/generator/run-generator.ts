import { dirname, relative } from 'node:path';
import helper, { type GeneratorConfig, type GeneratorOptions } from '@prisma/generator-helper';
import { applyChanges } from '../disk/index.js';
import { GrpcStreamError, SchemaError } from '../errors/index.js';
import { generateProject, remarksOf } from '../project/generate-project.js';
import { loadProject } from '../project/load-project.js';
import { findProject } from './find-project.js';

/**
 * Serves Prisma, which speaks JSON-RPC over stdin and stderr: nothing else may be printed to stderr. What people should know goes to
 * stdout, which Prisma hands through.
 */
export function runGenerator(): void {
  helper.generatorHandler({
    onManifest: (config) => readably(() => manifestOf(config)),
    onGenerate: (options) => readably(() => generateFiles(options)),
  });
}

/** Where the files go when the block does not say so, as Prisma wants it: from the folder of the schema's file. */
async function manifestOf({ sourceFilePath }: GeneratorConfig) {
  const { outputDir } = await loadProject({ cwd: findProject(sourceFilePath) });
  return { prettyName: 'grpc-stream', defaultOutput: relative(dirname(sourceFilePath), outputDir) };
}

async function generateFiles({ schemaPath }: GeneratorOptions): Promise<void> {
  const generation = await generateProject({ cwd: findProject(schemaPath), schemaPath });
  for (const line of remarksOf(generation)) process.stdout.write(`${line}\n`);
  await applyChanges(generation.changes);
}

/** Of what a generator throws, Prisma shows the message alone: place and next actions have to be in it. */
async function readably<T>(work: () => Promise<T>): Promise<T> {
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
