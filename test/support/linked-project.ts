import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { planProject, type ScaffoldProvider, writeProject } from '../../src/scaffold/index.js';
import { packageRoot, temporaryFolder } from './temporary-folder.js';

/** A new project whose packages are links to this checkout's, so that nothing has to be installed; by default for this test alone. */
export async function linkedProject(provider: ScaffoldProvider, parent?: string): Promise<string> {
  const folder = join(parent ?? (await temporaryFolder()), 'library');
  await writeProject(await planProject({ folder, packageRoot, provider }));
  for (const name of await packagesIn(join(packageRoot, 'node_modules'))) {
    await link(join(packageRoot, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await link(packageRoot, join(folder, 'node_modules/grpc-stream'));
  await link(join(packageRoot, 'dist/runtime-package'), join(folder, 'node_modules/@grpc-stream/runtime'));
  for (const name of Object.keys(standIns)) await standInFor(name, folder);
  return folder;
}

/** Runs a file of a project's with Node, in its folder; throws with its output when it fails. */
export async function runNode(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env } };
  try {
    return (await promisify(execFile)(process.execPath, args, options)).stdout;
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`node ${args.join(' ')} failed: ${String(error)}\n${output}`);
  }
}

export { cli } from './spawn-cli.js';
export const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc');

/** Types of the adapters that this checkout need not have installed, as far as the templates use them. */
const standIns: Readonly<Record<string, string>> = {
  '@prisma/adapter-pg': adapterTypes('PrismaPg', '{ connectionString: string; statement_timeout?: number }'),
  '@prisma/adapter-mariadb': adapterTypes('PrismaMariaDb', 'string'),
};

function adapterTypes(name: string, config: string): string {
  return `
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
export declare class ${name} implements SqlDriverAdapterFactory {
  readonly provider: SqlDriverAdapterFactory['provider'];
  readonly adapterName: string;
  constructor(config: ${config});
  connect(): Promise<SqlDriverAdapter>;
}
`;
}

async function standInFor(name: string, folder: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  if (existsSync(target)) return;
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'package.json'), JSON.stringify({ name, version: '7.0.0', types: 'index.d.ts' }));
  await writeFile(join(target, 'index.d.ts'), standIns[name] ?? '');
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path, 'junction');
}

/** Scoped packages one by one, so that a stand-in beside them does not end up in the checkout. */
async function packagesIn(modules: string): Promise<string[]> {
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'));
  const scoped = names
    .filter((name) => name.startsWith('@'))
    .map(async (scope) => (await readdir(join(modules, scope))).map((name) => `${scope}/${name}`));
  return [...names.filter((name) => !name.startsWith('@')), ...(await Promise.all(scoped)).flat()];
}
