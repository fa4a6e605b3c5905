import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot, temporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);
const bin = (name: string) => join(packageRoot, 'node_modules/.bin', name);

/** A package as it is published. */
export interface Packed {
  readonly tarball: string;
  readonly paths: readonly string[];
}

/** Packs the package in a folder; by default, this one, into a folder of the test's own. */
export async function packed(cwd = packageRoot, into?: string): Promise<Packed> {
  const folder = into ?? (await temporaryFolder());
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd });
  const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] = JSON.parse(stdout);
  return { tarball: join(folder, filename), paths: files.map(({ path }) => path) };
}

/** Throws unless every entry resolves, with its types, in each module system and for each setting of TypeScript. */
export async function resolvesEverywhere({ tarball }: Packed): Promise<void> {
  await Promise.all([run(bin('publint'), ['run', tarball, '--strict']), run(bin('attw'), [tarball])]);
}
