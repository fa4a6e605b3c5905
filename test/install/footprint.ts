import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.js';
import { answers } from './shell.js';

/** A built project with what it needs in production, and how its server starts. */
export interface ProductionProject {
  readonly name: string;
  readonly folder: string;
  /** Its file with the server, from the folder. */
  readonly server: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What is installed: bytes of all files, and the names of packages. */
export async function installedIn({ folder }: Pick<ProductionProject, 'folder'>) {
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
  const names = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''));
  let bytes = 0;
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return { bytes, names };
}

/** The garbage of the start has been collected by then. */
const IDLE_MS = 3000;

/** Starts a project's server: the time until it listens, and the memory that it has when it has done nothing for a while. */
export async function startUp({ folder, server, env }: ProductionProject) {
  const port = await freePort();
  const from = performance.now();
  const child = spawn(process.execPath, [server], {
    cwd: folder,
    env: { ...env, GRPC_STREAM_PORT: String(port) },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  try {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`${server} ended with ${child.exitCode}`);
      await delay(2);
    }
    const startUpMs = performance.now() - from;
    await delay(IDLE_MS);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return { startUpMs, idleMb: (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6 };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}
