import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { z } from 'zod';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { Project } from '../project/load-project.js';
import type { StreamService, StreamServiceOptions } from '../runtime/index.js';

/** The generated function that makes every service of a project. */
export type CreateServices = (options: StreamServiceOptions<unknown>) => readonly StreamService[];

/**
 * Loads a project's generated services, from TypeScript as they are.
 *
 * @throws EnvironmentError when they were not generated, or do not load.
 */
export async function loadServices({ generatedDir }: Project): Promise<CreateServices> {
  const path = join(generatedDir, 'services.ts');
  const nextActions = ['npx grpc-stream generate'];
  if (!existsSync(path)) throw new EnvironmentError('services.missing', `${path} does not exist`, { nextActions });
  const module: unknown = await tsImport(pathToFileURL(path).href, import.meta.url).catch((cause: unknown) => {
    throw new EnvironmentError('services.broken', `${path} cannot be loaded: ${messageOf(cause)}`, {
      cause,
      nextActions,
    });
  });
  const parsed = servicesModule.safeParse(module);
  if (parsed.success) return parsed.data.createServices;
  throw new EnvironmentError('services.broken', `${path} does not export createServices`, { nextActions });
}

const servicesModule = z.object({ createServices: z.custom<CreateServices>((value) => typeof value === 'function') });
