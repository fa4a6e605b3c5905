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

const MANAGERS: Readonly<Record<PackageManager['name'], PackageManager>> = {
  npm: { name: 'npm', exec: 'npx' },
  pnpm: { name: 'pnpm', exec: 'pnpm exec' },
  yarn: { name: 'yarn', exec: 'yarn' },
  bun: { name: 'bun', exec: 'bunx' },
};

/** The files that only one package manager writes or reads. */
const MARKS: ReadonlyMap<string, PackageManager> = new Map([
  ['package-lock.json', MANAGERS.npm],
  ['pnpm-lock.yaml', MANAGERS.pnpm],
  ['pnpm-workspace.yaml', MANAGERS.pnpm],
  ['yarn.lock', MANAGERS.yarn],
  ['bun.lock', MANAGERS.bun],
  ['bun.lockb', MANAGERS.bun],
]);

/**
 * The package manager of a folder: its files are there or, as in a monorepo, above it in the same repository; else the one that runs this
 * command, as in `pnpm dlx`; else npm.
 *
 * @param userAgent What package managers say of themselves to the commands that they run: `pnpm/10.1.0 npm/? node/v22.0.0 …`.
 */
export function packageManagerOf(folder: string, userAgent = process.env.npm_config_user_agent): PackageManager {
  for (const candidate of upToRepository(folder)) {
    for (const [file, manager] of MARKS) if (existsSync(resolve(candidate, file))) return manager;
  }
  const running = userAgent?.split('/')[0];
  return Object.values(MANAGERS).find(({ name }) => name === running) ?? MANAGERS.npm;
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
