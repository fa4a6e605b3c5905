import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EnvironmentError, messageOf } from '../errors/index.js';

/** How a project installs its packages, and runs the commands they bring. */
export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Runs an installed command: `npx grpc-stream`. */
  readonly exec: string;
}

const npm: PackageManager = { name: 'npm', exec: 'npx' };

const BY_LOCK_FILE: ReadonlyMap<string, PackageManager> = new Map([
  ['package-lock.json', npm],
  ['pnpm-lock.yaml', { name: 'pnpm', exec: 'pnpm exec' }],
  ['yarn.lock', { name: 'yarn', exec: 'yarn' }],
  ['bun.lock', { name: 'bun', exec: 'bunx' }],
  ['bun.lockb', { name: 'bun', exec: 'bunx' }],
]);

/** The package manager whose lock file is in the folder or, as in a monorepo, above it in the same repository; else npm. */
export function packageManagerOf(folder: string): PackageManager {
  for (const candidate of upToRepository(folder)) {
    for (const [file, manager] of BY_LOCK_FILE) if (existsSync(resolve(candidate, file))) return manager;
  }
  return npm;
}

/** The folder and its parents up to the repository's root; the folder alone where there is no repository. */
function upToRepository(folder: string): string[] {
  const folders = [folder];
  for (let current = folder; !existsSync(resolve(current, '.git')); folders.push(current)) {
    const parent = dirname(current);
    if (parent === current) return [folder];
    current = parent;
  }
  return folders;
}

interface InstallOptions {
  readonly folder: string;
  readonly manager: PackageManager;
  readonly signal: AbortSignal;
}

/** The end of an installer's output has the reason; before it are warnings. */
const SHOWN_LINES = 12;

/**
 * Runs `npm install` (or the project's own package manager) and waits until it has ended, also when it is aborted.
 *
 * @throws EnvironmentError with the end of the installer's output.
 * @throws the signal's reason when it is aborted.
 */
export async function installPackages({ folder, manager, signal }: InstallOptions): Promise<void> {
  signal.throwIfAborted();
  const output: string[] = [];
  const exitCode = await run({ folder, manager, signal }, (text) => output.push(text));
  signal.throwIfAborted();
  if (exitCode === 0) return;
  const lines = output.join('').trim().split('\n').slice(-SHOWN_LINES);
  throw new EnvironmentError('init.install_failed', `${manager.name} install failed:\n${lines.join('\n')}`, {
    nextActions: [
      `the project's files are written; run \`${manager.name} install\` in ${folder} when the cause is corrected`,
    ],
  });
}

async function run(
  { folder, manager, signal }: InstallOptions,
  onOutput: (text: string) => void,
): Promise<number | undefined> {
  const child = spawn(manager.name, ['install'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows these commands are scripts, which only a shell runs.
    shell: process.platform === 'win32',
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput);
  const stop = () => child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await once(child, 'close');
    return child.exitCode ?? undefined;
  } catch (error) {
    onOutput(messageOf(error));
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
