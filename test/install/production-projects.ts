import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rangeOf, readOwnPackage } from '../../src/project/own-package.js';
import { packageRoot } from '../support/temporary-folder.js';
import type { ProductionProject } from './footprint.js';
import { runCommand } from './shell.js';

interface Options {
  readonly folder: string;
  /** A user's shell, with a registry that has our packages. */
  readonly env: NodeJS.ProcessEnv;
  /** The version of our packages there. */
  readonly version: string;
}

/**
 * A new project on SQLite, and the same server written by hand, without and with what ours has as well: built, and installed as in
 * production, over one database.
 */
export async function productionProjects({ folder, env, version }: Options) {
  const [ours, byHand] = [join(folder, 'shop'), join(folder, 'by-hand')];
  const run = (project: string, ...command: string[]) => runCommand(command, { folder: project, env });
  await mkdir(ours);
  await run(ours, 'npx', '--yes', `grpc-stream@${version}`, 'init', '--yes', '--provider', 'sqlite');
  await run(ours, 'npm', 'run', 'build');
  await run(ours, 'npm', 'run', 'seed', '--', '--rows', '200');

  await cp(join(import.meta.dirname, 'fixtures/by-hand'), byHand, { recursive: true });
  for (const path of ['prisma', 'prisma.config.ts', 'tsconfig.json', 'proto'])
    await cp(join(ours, path), join(byHand, path), { recursive: true });
  await writeFile(join(byHand, 'package.json'), await pinned(join(byHand, 'package.json')));
  await run(byHand, 'npm', 'install');
  // Prisma fetches an engine that it does not need here, unless one is named.
  const engine = { ...env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  await runCommand(['npm', 'run', 'generate'], { folder: byHand, env: engine });
  await run(byHand, 'npm', 'run', 'build');

  const shared = { ...env, NODE_ENV: 'production', DATABASE_URL: `file:${join(ours, 'dev.db')}` };
  const installed = async (from: string, name: string, server: string, without: readonly string[] = []) => {
    const place = await productionInstall(from, join(folder, name), env, without);
    return { name, folder: place, server, env: shared } satisfies ProductionProject;
  };
  return [
    await installed(byHand, 'by hand', 'dist/src/server.js', EXTRAS),
    await installed(byHand, 'by hand, with log, health and reflection', 'dist/src/whole-server.js'),
    await installed(ours, 'grpc-stream', 'dist/src/grpc/generated/server.js'),
  ] as const;
}

/** What `whole-server.ts` imports, and `server.ts` does not. */
const EXTRAS = ['pino', 'grpc-health-check', '@grpc/reflection'];

/** The releases that our own package names. */
async function pinned(path: string): Promise<string> {
  const own = readOwnPackage(packageRoot);
  const text = await readFile(path, 'utf8');
  return text.replace(/"([^"]+)": "\*"/g, (_, name: string) => `"${name}": "${rangeOf(name, own)}"`);
}

/** What the Dockerfile of a new project does, in a folder that has nothing else. */
export async function productionInstall(
  from: string,
  to: string,
  env: NodeJS.ProcessEnv,
  without: readonly string[] = [],
): Promise<string> {
  await mkdir(to);
  for (const path of ['package.json', 'package-lock.json', 'dist', 'proto'])
    await cp(join(from, path), join(to, path), { recursive: true });
  const run = (...command: string[]) => runCommand(command, { folder: to, env });
  await run('npm', 'pkg', 'delete', 'devDependencies', ...without.map((name) => `dependencies.${name}`));
  await run('npm', 'install');
  return to;
}
