import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../dist/bin/grpc-stream.js', import.meta.url));

/** How a run of the built command ended. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command away from any terminal. */
export async function spawnCli(
  args: readonly string[],
  { cwd = tmpdir(), env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CliRun> {
  const { FORCE_COLOR: _, NO_COLOR: __, ...inherited } = process.env;
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [BINARY, ...args], { cwd, env: { ...inherited, ...env }, stdio });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await ended, stdout, stderr };
}

/** A project in a folder of its own. */
export interface TemporaryProject {
  readonly folder: string;
  run(...args: readonly string[]): Promise<CliRun>;
  write(path: string, content: string): Promise<void>;
  /** Every file of the project, by path. */
  files(): Promise<Readonly<Record<string, string>>>;
  remove(): Promise<void>;
}

export async function temporaryProject(files: Readonly<Record<string, string>>): Promise<TemporaryProject> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-cli-'));
  const project: TemporaryProject = {
    folder,
    run: (...args) => spawnCli(args, { cwd: folder }),
    async write(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    async files() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      const texts = paths
        .sort()
        .map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const);
      return Object.fromEntries(await Promise.all(texts));
    },
    remove: () => rm(folder, { recursive: true }),
  };
  for (const [path, content] of Object.entries(files)) await project.write(path, content);
  return project;
}
