import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { z } from 'zod';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { StreamService, StreamServiceOptions } from '../runtime/index.js';
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
