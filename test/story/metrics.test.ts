import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseSchema, readSchemaFiles } from '../../src/schema/index.js';
import { createTables, seedModel } from '../../src/seed/index.js';

const root = join(import.meta.dirname, '../..');
const ROWS = 2500;

/** As `node --import`: whatever asks for prom-client hears that it is not installed. */
const WITHOUT_PROM_CLIENT = dataUrl(`
  import { register } from 'node:module';
  register(${JSON.stringify(
    dataUrl(`export async function resolve(specifier, context, next) {
      if (specifier !== 'prom-client') return next(specifier, context);
      throw Object.assign(new Error("Cannot find package 'prom-client'"), { code: 'ERR_MODULE_NOT_FOUND' });
    }`),
  )});`);

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

interface Served {
  readonly address: string;
  readonly metricsUrl?: string;
}

describe('serve --metrics-port', () => {
  let folder: string;
  let server: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grpc-stream-metrics-'));
    process.env.DATABASE_URL = `file:${join(folder, 'books.db')}`;
    const { createAdapter } = await import(join(root, 'dist/demo/database.js'));
    const schemaFiles = await readSchemaFiles(join(root, 'prisma/schema.prisma'));
    await createTables({ adapter: createAdapter(), schemaFiles });
    const schema = parseSchema(schemaFiles);
    await seedModel({ adapter: createAdapter(), schema, model: 'Book', rows: ROWS, rowBytes: 150 });
  });
  afterEach(async () => {
    if (server && server.exitCode === null) {
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  function spawnServe(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const args = ['serve', '--cwd', join(root, 'prisma'), '--port', '0', '--json', ...flags];
    const spawned = spawn(process.execPath, [join(root, 'dist/bin/grpc-stream.js'), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server = spawned;
    return spawned;
  }

  async function serve(...flags: readonly string[]): Promise<Served> {
    const { stdout, stderr } = spawnServe(flags);
    const log = text(stderr);
    const first = await Promise.race([once(stdout, 'data'), once(stdout, 'end')]);
    if (first.length === 0) throw new Error(`the server ended: ${await log}`);
    return JSON.parse(String(first[0]));
  }

  it('serves the metrics of streams, the health and the live page', async () => {
    const { address, metricsUrl } = await serve('--metrics-port', '0');
    expect(metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect.poll(async () => (await fetch(`${metricsUrl}/healthz`)).status, { timeout: 30_000 }).toBe(200);
    expect(await countMessages(address)).toBe(ROWS);
    await expect.poll(() => rowsIn(metricsUrl), { timeout: 30_000 }).toBe(ROWS);
    const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
    expect(metrics).toContain('end="done",status="OK"} 1\n');
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(await (await fetch(`${metricsUrl}/`)).text()).toContain('<title>grpc-stream: live</title>');
  });

  it('adds up the metrics of all workers', async () => {
    const { address, metricsUrl } = await serve('--metrics-port', '0', '--workers', '2');
    // A connection of its own each: the primary hands them to the workers in turn.
    for (let stream = 0; stream < 4; stream++) expect(await countMessages(address)).toBe(ROWS);
    await expect.poll(() => rowsIn(metricsUrl), { timeout: 30_000 }).toBe(4 * ROWS);
    expect((await fetch(`${metricsUrl}/healthz`)).status).toBe(200);
  });

  it('is off by default', async () => {
    expect(Object.keys(await serve())).toEqual(['address']);
  });

  it('says what to install when prom-client is missing', async () => {
    const failed = spawnServe(['--metrics-port', '0'], { NODE_OPTIONS: `--import ${WITHOUT_PROM_CLIENT}` });
    const [stderr, [exitCode]] = await Promise.all([text(failed.stderr), once(failed, 'exit')]);
    expect(stderr).toContain('a metrics port needs the package prom-client');
    expect(stderr).toContain('npm install prom-client');
    expect(exitCode).toBe(3);
  });

  it('says which port is in use', async () => {
    const { metricsUrl = '' } = await serve('--metrics-port', '0');
    const first = server;
    const failed = spawnServe(['--metrics-port', new URL(metricsUrl).port]);
    const [stderr, [exitCode]] = await Promise.all([text(failed.stderr), once(failed, 'exit')]);
    expect(stderr).toContain(`cannot serve metrics on 127.0.0.1:${new URL(metricsUrl).port}`);
    expect(stderr).toContain('--metrics-port');
    expect(exitCode).toBe(3);
    server = first;
  });
});

async function rowsIn(metricsUrl: string | undefined): Promise<number> {
  const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
  return Number(/^grpc_stream_rows_total\{model="Book".*\} (\d+)$/m.exec(metrics)?.[1]);
}

async function countMessages(address: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const asTheyAre = (bytes: Buffer) => bytes;
  const path = '/library.v1.BookStreamService/StreamBooks';
  const call = client.makeServerStreamRequest(path, asTheyAre, asTheyAre, Buffer.alloc(0));
  let count = 0;
  for await (const _ of call) count++;
  client.close();
  return count;
}
