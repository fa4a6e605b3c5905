import { z } from 'zod';
import { messageOf, UsageError } from '../errors/index.js';
import type { OwnPackage } from './own-package.js';

const texts = z.record(z.string(), z.string());

const manifestSchema = z.looseObject({
  name: z.string().optional(),
  type: z.string().optional(),
  scripts: texts.optional(),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
});

/** A `package.json`: the parts we read, and whatever else it holds. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Reads a `package.json`.
 *
 * @throws UsageError when it is not one.
 */
export function parseManifest(text: string, path: string): Manifest {
  const json = parseJson(text, path);
  // Not zod's own copy: that has its keys in another order, and the file is the user's.
  if (isManifest(json)) return json;
  const issues = manifestSchema.safeParse(json).error?.issues ?? [];
  const problems = issues.map(({ path: key, message }) => `${key.join('.') || 'it'}: ${message}`);
  throw new UsageError('init.invalid_manifest', `${path} is not a valid package.json: ${problems.join('; ')}`);
}

function isManifest(json: unknown): json is Manifest {
  return manifestSchema.safeParse(json).success;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError('init.invalid_manifest', `${path} is not valid JSON: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['correct the file; nothing was written'],
    });
  }
}

/** Two manifests as one: the second one's scripts and dependencies are added to the first one's. */
export function mergeManifests(base: Manifest, overlay: Manifest): Manifest {
  return {
    ...base,
    scripts: { ...base.scripts, ...overlay.scripts },
    dependencies: sortedByName({ ...base.dependencies, ...overlay.dependencies }),
    devDependencies: sortedByName({ ...base.devDependencies, ...overlay.devDependencies }),
  };
}

/** Replaces each `*` of a template: what must move together with us has its version named in our own manifest only. */
export function pinVersions(manifest: Manifest, own: OwnPackage): Manifest {
  const pin = ([name, range]: [string, string]): [string, string] => {
    if (name === 'grpc-stream') return [name, own.dependency];
    return [name, range === '*' ? own.prismaRange : range];
  };
  return { ...manifest, dependencies: Object.fromEntries(Object.entries(manifest.dependencies ?? {}).map(pin)) };
}

/** The folder's name as a package name: what npm accepts, and never empty. */
export function packageNameFrom(folderName: string): string {
  const name = folderName
    .toLowerCase()
    .replace(/[^a-z\d._~-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '');
  return name === '' ? 'grpc-service' : name;
}

function sortedByName(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
