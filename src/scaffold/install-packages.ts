import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { PackageManager } from './package-manager.js';

export interface InstallOptions {
  readonly folder: string;
  readonly manager: PackageManager;
  readonly signal: AbortSignal;
}

/** The end of an installer's output has the reason; what precedes it are its warnings. */
const SHOWN_LINES = 12;

/**
 * Runs `npm install` (or the project's own package manager) and waits until it has ended, also when it is aborted.
 *
 * @throws EnvironmentError with the end of what the installer said.
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
      `the project's files are written; run \`${manager.name} install\` in ${folder} when the cause is mended`,
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
