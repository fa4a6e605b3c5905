import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RUNTIME_PACKAGE, type RuntimePackage, WHOLE_PACKAGE } from '../codegen/index.js';
import { readFileIfAny } from '../disk/index.js';
import { EnvironmentError, UsageError } from '../errors/index.js';
import { readOwnPackage } from './own-package.js';

/**
 * The package that a project's code imports the runtime from: the one for production where its `package.json`, or the next one above that
 * names one of the two, depends on it.
 *
 * @throws UsageError for a `package.json` that cannot be read.
 */
export async function runtimePackageOf(folder: string): Promise<RuntimePackage> {
  const names = await dependenciesIn(join(folder, 'package.json'));
  if (names.includes(RUNTIME_PACKAGE)) return RUNTIME_PACKAGE;
  const parent = dirname(folder);
  return names.includes(WHOLE_PACKAGE) || parent === folder ? WHOLE_PACKAGE : runtimePackageOf(parent);
}

const named = z.record(z.string(), z.unknown()).default({});
const dependenciesSchema = z.object({ dependencies: named, devDependencies: named, peerDependencies: named });

async function dependenciesIn(path: string): Promise<string[]> {
  const text = await readFileIfAny(path);
  if (text === undefined) return [];
  try {
    return Object.values(dependenciesSchema.parse(JSON.parse(text))).flatMap(Object.keys);
  } catch (cause) {
    throw new UsageError('config.manifest', `${path} is not a valid package.json`, { cause });
  }
}

/**
 * The code that one release generates is for the runtime of that release.
 *
 * @throws EnvironmentError when another release of the runtime is installed.
 */
export function assertSameRelease(root: string): void {
  const { version: own } = readOwnPackage();
  const installed = installedVersion(root, RUNTIME_PACKAGE);
  if (installed === undefined || installed === own) return;
  throw new EnvironmentError(
    'project.other_release',
    `${RUNTIME_PACKAGE} is ${installed} and ${WHOLE_PACKAGE} is ${own}: they work together in one release`,
    { nextActions: [`npm install ${RUNTIME_PACKAGE}@${own} ${WHOLE_PACKAGE}@${own}`] },
  );
}

/** The version of a package as a project's code finds it; undefined where it is not installed. */
export function installedVersion(root: string, name: string): string | undefined {
  const folders = createRequire(join(root, 'package.json')).resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
      return z.object({ version: z.string() }).parse(manifest).version;
    } catch {
      // Not in this folder; Node continues in the parent.
    }
  }
  return undefined;
}
