import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePort } from './free-port.js';

/** Why no PgBouncer can be started here; undefined where one can. */
export const missingPgBouncer =
  spawnSync('pgbouncer', ['--version']).error === undefined ? undefined : 'pgbouncer is not installed';

/** A pooler in front of a PostgreSQL of {@link startPostgres}. */
export interface PgBouncer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a PgBouncer in transaction mode: each transaction of a client runs on whichever of two connections is free. */
export async function startPgBouncer(postgresUrl: string): Promise<PgBouncer> {
  const port = await freePort();
  const { hostname, port: target, username, password } = new URL(postgresUrl);
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-pgbouncer-'));
  await chmod(folder, 0o755);
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(
    config,
    `[databases]
postgres = host=${hostname} port=${target} dbname=postgres user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
`,
  );
  const pooler = spawn('pgbouncer', [config], { stdio: ['ignore', 'ignore', 'pipe'], ...otherUser() });
  await hasStarted(pooler);
  return {
    url: `postgresql://${username}@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = once(pooler, 'exit');
      pooler.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** PgBouncer refuses to run as root. */
function otherUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Its log says so, on the standard error. */
async function hasStarted({ stderr }: ChildProcessByStdio<null, null, Readable>): Promise<void> {
  for await (const line of createInterface({ input: stderr })) {
    if (!line.includes('process up')) continue;
    stderr.resume();
    return;
  }
  throw new Error('pgbouncer ended before it listened');
}
