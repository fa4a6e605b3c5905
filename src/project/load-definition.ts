import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { z } from 'zod';
import { codecImport } from '../codegen/index.js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import { namesOf } from '../proto/index.js';
import type { GenericServiceDefinition } from '../runtime/index.js';
import type { Project } from './load-project.js';

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
