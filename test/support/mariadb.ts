import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { DatabaseServer } from './database-server.js';
import { freePort } from './free-port.js';

export type MariaDbServer = DatabaseServer;

/** Why no MariaDB can be started here; undefined where one can. Tests that are skipped for it print it. */
export function missingMariaDb(): string | undefined {
  const missing = ['mariadbd', 'mariadb-install-db'].filter((name) => pathOf(name) === undefined);
  return missing.length > 0
    ? `${missing.join(' and ')} not found; on Debian: apt-get install mariadb-server`
    : undefined;
}

/** Starts MariaDB on a free port, with a new folder of its own, loopback only. */
export async function startMariaDb(): Promise<MariaDbServer> {
  const [mariadbd, install] = [pathOf('mariadbd'), pathOf('mariadb-install-db')];
  if (!mariadbd || !install) throw new Error(missingMariaDb());
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-mariadb-'));
  const port = await freePort();
  // The server refuses to run as root unless it is told to; the folder is nobody else's either way.
  const shared = [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  await promisify(execFile)(install, [
    ...shared,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=8M',
  ]);
  const initFile = join(folder, 'init.sql');
  await writeFile(initFile, 'CREATE DATABASE IF NOT EXISTS library;\n');
  const args = [
    ...shared,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    // A Debian server's own.
    '--character-set-server=utf8mb4',
    '--innodb-log-file-size=8M',
    `--init-file=${initFile}`,
  ];
  let server = await start(mariadbd, args);
  return {
    url: `mariadb://root@127.0.0.1:${port}/library`,
    async restart({ how = 'orderly', awayMs = 0 } = {}) {
      await end(server, how === 'killed' ? 'SIGKILL' : 'SIGTERM');
      await delay(awayMs);
      server = await start(mariadbd, args);
    },
    async stop() {
      // Its data is thrown away: there is nothing to flush, and nobody to wait for.
      await end(server, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(mariadbd: string, args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(mariadbd, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  // No server outlives the test that started it.
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  server.once('exit', () => process.removeListener('exit', kill));
  const told: string[] = [];
  for await (const line of createInterface({ input: server.stderr })) {
    if (/ready for connections/.test(line)) {
      server.stderr.resume();
      return server;
    }
    told.push(line);
  }
  throw new Error(`mariadbd did not start:\n${told.join('\n')}`);
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill(signal);
  await exited;
}

function pathOf(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/libexec', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
