import { appendFile, chown, cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { newPostgres, type PostgresServer } from './postgres.js';

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
  const [primary, replica] = [await newPostgres(), await newPostgres()];
  await primary.initialise();
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

/** Asks a server for one value. */
export async function ask(url: string, sql: string): Promise<unknown> {
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
