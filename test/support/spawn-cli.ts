import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { filesIn, packageRoot, temporaryFolder } from './temporary-folder.js';

/** The built command. */
export const cli = join(packageRoot, 'dist/bin/grpc-stream.js');

/** How a run of the built command ended. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Added to this process's own; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Presses Ctrl-C once this has appeared on stderr. */
  readonly interruptAfter?: string;
}

/** Runs the built command away from any terminal. */
export async function spawnCli(
  args: readonly string[],
  { cwd = tmpdir(), env = {}, interruptAfter }: CliOptions = {},
): Promise<CliRun> {
  const colorless = { FORCE_COLOR: undefined, NO_COLOR: undefined };
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    env: { ...process.env, ...colorless, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let seen = '';
  child.stderr.on('data', (data) => {
    const before = seen;
    seen += String(data);
    if (interruptAfter !== undefined && !before.includes(interruptAfter) && seen.includes(interruptAfter))
      child.kill('SIGINT');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await ended, stdout, stderr };
}

/** A project in a folder of its own, removed when the test has finished. */
export interface TemporaryProject {
  readonly folder: string;
  run(...args: readonly string[]): Promise<CliRun>;
  write(path: string, content: string): Promise<void>;
  /** Every file of the project, by path. */
  files(): Promise<Readonly<Record<string, string>>>;
}

export async function temporaryProject(files: Readonly<Record<string, string>>): Promise<TemporaryProject> {
  const folder = await temporaryFolder(files);
  return {
    folder,
    run: (...args) => spawnCli(args, { cwd: folder }),
    async write(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    files: () => filesIn(folder),
  };
}
