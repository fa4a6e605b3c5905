import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../errors/index.js';

/** The folder of this package's own `package.json`, whether run from `dist/` or from source. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(resolve(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new InternalError('grpc-stream cannot find its own package.json');
    folder = parent;
  }
  return folder;
}
