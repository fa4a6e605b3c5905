import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSchema, readSchemaFiles } from '../../src/schema/index.js';
import { createTables, seedModel } from '../../src/seed/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A server in a process of its own. */
export interface ManyStreamsServer {
  readonly address: string;
  cost(): Promise<{ readonly peakMb: number; readonly cpuSeconds: number }>;
  stop(): Promise<void>;
}

/** Fills a table of 150-byte rows in a new SQLite database, and serves it. */
export async function startManyStreamsServer(url: string, rows: number): Promise<ManyStreamsServer> {
  process.env.DATABASE_URL = url;
  const { createAdapter } = await import(join(root, 'dist/demo/database.js'));
  const files = await readSchemaFiles(join(root, 'prisma/schema.prisma'));
  await createTables({ adapter: createAdapter(), schemaFiles: files });
  await seedModel({ adapter: createAdapter(), schema: parseSchema(files), model: 'Book', rows, rowBytes: 150 });
  const path = fileURLToPath(new URL('many-streams-server.ts', import.meta.url));
  const child = fork(path, { execArgv: ['--import', 'tsx'], env: { ...process.env, DATABASE_URL: url } });
  const [{ address }] = await once(child, 'message');
  return { address, cost: () => ask(child), stop: () => end(child) };
}

async function ask(child: ChildProcess): Promise<{ readonly peakMb: number; readonly cpuSeconds: number }> {
  const answer = once(child, 'message');
  child.send('cost');
  const [cost] = await answer;
  return cost;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
