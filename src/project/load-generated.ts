import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { z } from 'zod';
import { codecImport } from '../codegen/index.js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import { namesOf } from '../proto/index.js';
import type { GenericServiceDefinition, StreamService, StreamServiceOptions } from '../runtime/index.js';
import type { Project } from './load-project.js';

/** The generated function that makes every service of a project. */
export type CreateServices = (options: StreamServiceOptions<unknown>) => readonly StreamService[];

/**
 * Loads a project's generated services, from TypeScript as they are.
 *
 * @throws EnvironmentError when they were not generated, or do not load.
 */
export async function loadServices(project: Project): Promise<CreateServices> {
  return (await load(project, 'services.ts', servicesModule)).createServices;
}

/**
 * Loads what a project's server reflection answers from; undefined where it was not generated yet, which is no obstacle to serving.
 *
 * @throws EnvironmentError when it does not load.
 */
export async function loadDescriptors(project: Project): Promise<readonly string[] | undefined> {
  if (!existsSync(join(project.generatedDir, 'descriptors.ts'))) return undefined;
  return (await load(project, 'descriptors.ts', descriptorsModule)).descriptors;
}

async function load<T>({ generatedDir }: Project, file: string, schema: z.ZodType<T>): Promise<T> {
  const path = join(generatedDir, file);
  const nextActions = ['npx grpc-stream generate'];
  if (!existsSync(path)) throw new EnvironmentError('services.missing', `${path} does not exist`, { nextActions });
  const module: unknown = await tsImport(pathToFileURL(path).href, import.meta.url).catch((cause: unknown) => {
    throw new EnvironmentError('services.broken', `${path} cannot be loaded: ${messageOf(cause)}`, {
      cause,
      nextActions,
    });
  });
  const parsed = schema.safeParse(module);
  if (parsed.success) return parsed.data;
  const [missing] = parsed.error.issues[0]?.path ?? [];
  throw new EnvironmentError('services.broken', `${path} does not export ${String(missing)}`, { nextActions });
}

const descriptorsModule = z.object({ descriptors: z.array(z.string()) });
const servicesModule = z.object({ createServices: z.custom<CreateServices>((value) => typeof value === 'function') });

/**
 * Loads the generated description of a model's service, with its codecs, from TypeScript as it is. The client over it is this
 * package's own, so that its errors are the ones that the command line knows.
 *
 * @throws EnvironmentError when it was not generated, or does not load.
 */
export async function loadDefinition(
  { generatedDir, packageName }: Pick<Project, 'generatedDir' | 'packageName'>,
  model: StreamModel,
): Promise<GenericServiceDefinition> {
  const path = join(generatedDir, codecImport(model, packageName).replace(/\.js$/, '.ts'));
  if (!existsSync(path)) throw broken(`${path} does not exist`);
  const module: unknown = await tsImport(pathToFileURL(path).href, import.meta.url).catch((cause: unknown) => {
    throw broken(`${path} cannot be loaded: ${messageOf(cause)}`, cause);
  });
  const name = `${namesOf(model).service}Definition`;
  const parsed = z.object({ [name]: definition }).safeParse(module).data?.[name];
  if (parsed) return parsed;
  throw broken(`${path} does not export ${name}`);
}

const definition = z.custom<GenericServiceDefinition>(
  (value) =>
    z.object({ fullName: z.string(), methods: z.record(z.string(), z.object({ name: z.string() })) }).safeParse(value)
      .success,
);

function broken(message: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError('definition.broken', message, { cause, nextActions: ['npx grpc-stream generate'] });
}
