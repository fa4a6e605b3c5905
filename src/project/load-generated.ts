import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { z } from 'zod';
import { codecImport } from '../codegen/stream-file.js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import { namesOf } from '../proto/index.js';
import type { GenericServiceDefinition, StreamService, StreamServiceOptions } from '../runtime/index.js';
import type { Project } from './load-project.js';
import { assertSameRelease } from './runtime-package.js';

/** The generated function that makes every service of a project. */
type CreateServices = (options: StreamServiceOptions<unknown>) => readonly StreamService[];

const createServices = z.custom<CreateServices>((value) => typeof value === 'function');

/**
 * Loads a project's generated services, from TypeScript as they are.
 *
 * @throws EnvironmentError when they were not generated, or do not load, or are for another release.
 */
export async function loadServices({ root, generatedDir }: Project): Promise<CreateServices> {
  assertSameRelease(root);
  return load(join(generatedDir, 'services.ts'), 'createServices', createServices);
}

/**
 * Loads the descriptors that server reflection answers with; undefined where none were generated yet, which does not prevent serving.
 *
 * @throws EnvironmentError when they do not load.
 */
export async function loadDescriptors({ generatedDir }: Project): Promise<readonly string[] | undefined> {
  const path = join(generatedDir, 'descriptors.ts');
  return existsSync(path) ? load(path, 'descriptors', z.array(z.string())) : undefined;
}

const definitionShape = z.object({
  fullName: z.string(),
  methods: z.record(z.string(), z.object({ name: z.string() })),
});
const definition = z.custom<GenericServiceDefinition>((value) => definitionShape.safeParse(value).success);

/**
 * Loads the generated description of a model's service, with its codecs. The client over it is this package's own, so that its errors
 * are the ones that the command line knows.
 *
 * @throws EnvironmentError when it was not generated, or does not load.
 */
export function loadDefinition(
  { generatedDir, packageName }: Pick<Project, 'generatedDir' | 'packageName'>,
  model: StreamModel,
): Promise<GenericServiceDefinition> {
  const path = join(generatedDir, codecImport(model, packageName).replace(/\.js$/, '.ts'));
  return load(path, `${namesOf(model).service}Definition`, definition);
}

/** Loads a generated module, and takes one of its exports. */
async function load<T>(path: string, name: string, shape: z.ZodType<T>): Promise<T> {
  if (!existsSync(path)) throw notGenerated(`${path} does not exist`);
  const module: unknown = await importTypeScript(path).catch((cause: unknown) => {
    throw notGenerated(`${path} cannot be loaded: ${messageOf(cause)}`, cause);
  });
  const parsed = z.object({ [name]: shape }).safeParse(module);
  const value = parsed.data?.[name];
  if (value !== undefined) return value;
  throw notGenerated(`${path} does not export ${name}`);
}

/** Imports a module of the user's project from its TypeScript. */
export function importTypeScript(path: string): Promise<unknown> {
  return tsImport(pathToFileURL(path).href, import.meta.url);
}

function notGenerated(message: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError('generated.broken', message, { cause, nextActions: ['npx grpc-stream generate'] });
}
