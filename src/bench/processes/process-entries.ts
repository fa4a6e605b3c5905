import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where the compiled entries of the bench's processes are in a build of this package; undefined where there is no build.
 *
 * @param packageRoot The folder of the package's `package.json`.
 */
export function processEntries(packageRoot: string): URL | undefined {
  const folder = join(packageRoot, 'dist', 'src', 'bench', 'processes');
  return existsSync(join(folder, 'server-process.js')) ? pathToFileURL(`${folder}/`) : undefined;
}
