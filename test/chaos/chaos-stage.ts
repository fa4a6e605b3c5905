import { join } from 'node:path';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { RowStream, StreamOptions } from '../../src/client/index.js';
import type { RunningDatabase, StoryDatabase } from '../support/databases.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject } from '../support/served-project.js';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { type KillableServer, startKillableServer } from './killable-server.js';
import type { SummedRow } from './row-sum.js';

/** Everything that takes part, from the table to its clients. */
export interface ChaosStage {
  readonly database: RunningDatabase;
  readonly server: KillableServer;
  /** Stands between the clients and the server. */
  readonly proxy: TcpProxy;
  readonly clients: ChaosClients;
  close(): Promise<void>;
}

export interface ChaosBook extends SummedRow {
  readonly id: number;
  readonly status: string;
  readonly publishedAt: Date;
}

/** What the project's own `createClients` gives. */
export interface ChaosClients {
  readonly book: { stream(request: object, options: StreamOptions): RowStream<ChaosBook> };
  close(): void;
}

export interface ChaosStageOptions {
  readonly database: StoryDatabase;
  readonly rows: number;
  /** Called when the server ends unasked. */
  readonly onDeath: (error: Error) => void;
}

/**
 * Large rows, small chunks and batches, and little that may be under way, so that a stream is long in the making: what is with its client
 * already breaks no more.
 */
const ROW_BYTES = 500;
const FLOW_CONTROL_WINDOW = 64 * 1024;
const SERVER = {
  GRPC_STREAM_CHUNK_SIZE: '200',
  GRPC_STREAM_BATCH_ROWS: '20',
  GRPC_STREAM_SHUTDOWN_GRACE: '2',
};

/** A project as `init` makes it, a real database with a table full of rows, the project's server in a process of its own, and its client. */
export async function openStage({ database: kind, rows, onDeath }: ChaosStageOptions): Promise<ChaosStage> {
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (const closeOne of opened.reverse()) await closeOne();
  };
  try {
    const { folder, remove } = await generatedProject(kind.provider, { schema: withIndexes });
    opened.push(remove);
    const database = await kind.start(folder);
    opened.push(database.stop);
    await database.createTables(folder);
    // The other databases' tables are made from the schema.
    if (kind.provider === 'mysql') await addIndexes(database.adapter);
    const env = { DATABASE_URL: database.url };
    await runNode(folder, [cli, 'seed', '--rows', `${rows}`, '--row-bytes', `${ROW_BYTES}`, '--quiet'], env);
    const server = await startKillableServer({ folder, env: { ...env, ...SERVER }, onDeath });
    opened.push(server.kill);
    const proxy = await openTcpProxy(server.port);
    opened.push(proxy.close);
    const { createClients } = await import(join(folder, 'src/grpc/generated/client.ts'));
    const clients: ChaosClients = createClients(proxy.address, { flowControlWindow: FLOW_CONTROL_WINDOW });
    opened.push(clients.close);
    return { database, server, proxy, clients, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The columns that a table can be streamed in the order of, beside its keys. */
const INDEXED = ['publishedAt', 'status'];

function withIndexes(schema: string): string {
  const indexes = INDEXED.map((column) => `  @@index([${column}])\n`).join('');
  return schema.replace('  @@index([authorId])\n', (line) => line + indexes);
}

async function addIndexes(adapter: SqlDriverAdapterFactory): Promise<void> {
  const connection = await adapter.connect();
  try {
    for (const column of INDEXED) {
      const sql = `CREATE INDEX \`Book_${column}_idx\` ON \`Book\` (\`${column}\`)`;
      await connection.executeRaw({ sql, args: [], argTypes: [] });
    }
  } finally {
    await connection.dispose();
  }
}
