import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client, credentials, Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.js';
import { spawnCli } from '../support/spawn-cli.js';
import { waitFor } from '../support/wait-for.js';

const root = join(import.meta.dirname, '../..');
const DEMO = join(root, 'prisma');
const SERVICE = 'library.v1.BookStreamService';
const ROWS = 20_000;
const TOKEN = 'a-token-that-nobody-guesses';

let folder: string;
let receiver: OtlpReceiver;
let running: ChildProcess | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-telemetry-'));
  const env = { DATABASE_URL: databaseUrl() };
  const seeded = await spawnCli(['--cwd', DEMO, 'seed', '--model', 'Book', '--rows', `${ROWS}`], { env });
  expect([seeded.exitCode, seeded.stderr]).toEqual([0, expect.any(String)]);
});
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  await receiver.close();
  if (!running || running.exitCode !== null) return;
  const exited = once(running, 'exit');
  running.kill('SIGKILL');
  await exited;
});
afterAll(() => rm(folder, { recursive: true }));

const databaseUrl = () => `file:${join(folder, 'demo.db')}`;

interface Serving {
  readonly address: string;
  said(): string;
  /** Tells it to end, and waits until it has. @returns Its exit code. */
  terminate(): Promise<number | null>;
}

function spawnServe(flags: readonly string[], env: Readonly<Record<string, string>>) {
  const args = ['serve', '--cwd', DEMO, '--port', '0', '--json', '--token', TOKEN, ...flags];
  const child = spawn(process.execPath, [join(root, 'dist/bin/grpc-stream.js'), ...args], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl(),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  return child;
}

async function serve(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const child = spawnServe(flags, env);
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const first = await Promise.race([once(child.stdout, 'data'), exited.then(() => [])]);
  if (first.length === 0) throw new Error(`the server ended: ${stderr}`);
  return {
    address: JSON.parse(String(first[0])).address,
    said: () => stderr,
    terminate: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Calls a method on a connection of its own, and says how it ended. */
function call(address: string, method: string, metadata: Readonly<Record<string, string>> = {}): Promise<string> {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const sent = new Metadata();
  for (const [key, value] of Object.entries({ authorization: `Bearer ${TOKEN}`, ...metadata })) sent.set(key, value);
  const asItIs = (bytes: Buffer) => bytes;
  const stream = client.makeServerStreamRequest(`/${SERVICE}/${method}`, asItIs, asItIs, Buffer.alloc(0), sent);
  stream.on('error', () => {});
  stream.resume();
  return new Promise((resolve) => {
    stream.on('status', ({ code }: StatusObject) => {
      client.close();
      resolve(Status[code]);
    });
  });
}

const sum = (metric: string) =>
  receiver
    .points()
    .filter((point) => point.metric === metric)
    .reduce((total, { value }) => total + value, 0);

describe('serve --open-telemetry', () => {
  it("sends the spans of streams and other calls, in the client's trace, and the metrics, before it ends", async () => {
    const { address, said, terminate } = await serve(['--open-telemetry'], {
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    expect(await call(address, 'StreamBooks', { traceparent })).toBe('OK');
    expect(await call(address, 'PartitionBooks')).toBe('INVALID_ARGUMENT');
    expect(await call(address, 'StreamBooks', { authorization: 'Bearer wrong' })).toBe('UNAUTHENTICATED');
    expect(await terminate()).toBe(0);

    const [stream] = receiver.spans.filter((span) => span.name === 'stream Book');
    const [server] = receiver.spans.filter((span) => span.spanId === stream?.parentSpanId);
    expect(server).toMatchObject({
      name: `${SERVICE}/StreamBooks`,
      kind: 2,
      traceId,
      parentSpanId: 'b7ad6b7169203331',
    });
    expect(server?.attributes).toMatchObject({
      'rpc.system.name': 'grpc',
      'rpc.method': `${SERVICE}/StreamBooks`,
      'rpc.status_code': 'OK',
      'server.address': '127.0.0.1',
      'server.port': Number(address.split(':')[1]),
    });
    expect(stream?.attributes).toMatchObject({ 'grpc_stream.rows': ROWS, 'grpc_stream.end': 'done' });
    expect(server?.resource).toMatchObject({
      'service.name': 'library',
      'service.instance.id': expect.any(String),
      'deployment.environment.name': 'test',
    });
    const calls = receiver.spans.filter(({ kind }) => kind === 2).map((span) => span.attributes['rpc.status_code']);
    expect(calls.toSorted()).toEqual(['INVALID_ARGUMENT', 'OK', 'UNAUTHENTICATED']);
    expect(receiver.spans.map(({ statusCode }) => statusCode)).toEqual([0, 0, 0, 0]);

    expect(sum('rpc.server.call.duration')).toBe(3);
    expect(sum('grpc_stream.rows')).toBe(ROWS);
    const lines = said()
      .split('\n')
      .filter((line) => line.includes('"call ended"'));
    expect(lines.filter((line) => line.includes(`"trace_id":"${traceId}"`))).toHaveLength(1);
    expect(JSON.stringify([receiver.spans, receiver.points()])).not.toContain(TOKEN);
  });

  it('sends the span of a stream that ends with the server, under the name of the variable', async () => {
    const { address, said, terminate } = await serve(['--open-telemetry'], {
      OTEL_SERVICE_NAME: 'books-of-mine',
    });
    const client = new Client(address, credentials.createInsecure());
    const asItIs = (bytes: Buffer) => bytes;
    const sent = new Metadata();
    sent.set('authorization', `Bearer ${TOKEN}`);
    const held = client.makeServerStreamRequest(`/${SERVICE}/StreamBooks`, asItIs, asItIs, Buffer.alloc(0), sent);
    held.on('error', () => {});
    await once(held, 'data');
    held.pause();
    const ended = terminate();
    await waitFor('the end', () => said().includes('shutting down'));
    held.resume();
    expect(await ended).toBe(0);
    client.close();
    const [stream] = receiver.spans.filter((span) => span.name === 'stream Book');
    expect(stream?.resource['service.name']).toBe('books-of-mine');
    expect(stream?.attributes['grpc_stream.end']).toBe('shutdown');
    expect(stream?.statusCode).toBe(2);
  });

  it('distinguishes the workers, whose metrics add up to all rows', async () => {
    const { address, terminate } = await serve(['--open-telemetry', '--workers', '2']);
    for (let count = 0; count < 4; count++) expect(await call(address, 'StreamBookBatches')).toBe('OK');
    expect(await terminate()).toBe(0);
    expect(receiver.spans.filter((span) => span.name === 'stream Book')).toHaveLength(4);
    const instances = new Set(receiver.spans.map(({ resource }) => resource['service.instance.id']));
    expect(instances.size).toBe(2);
    expect(sum('grpc_stream.rows')).toBe(4 * ROWS);
  });

  it('uses the SDK that --import has registered, and starts no other', async () => {
    const setup = join(root, 'test/support/own-sdk.mjs');
    const { address, terminate } = await serve([], {
      GRPC_STREAM_OPEN_TELEMETRY: 'true',
      NODE_OPTIONS: `--import ${setup}`,
    });
    expect(await call(address, 'StreamBooks')).toBe('OK');
    await waitFor('the spans', () => receiver.spans.length === 2);
    expect(await terminate()).toBe(0);
    expect(new Set(receiver.spans.map(({ resource }) => resource['service.name']))).toEqual(
      new Set(['an-sdk-of-my-own']),
    );
    expect(receiver.points()).toEqual([]);
  });

  it('ends also when no collector answers, and says that it could not send', async () => {
    const { address, said, terminate } = await serve(['--open-telemetry'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    });
    expect(await call(address, 'StreamBooks')).toBe('OK');
    expect(await terminate()).toBe(0);
    expect(said()).toContain('OpenTelemetry: the last spans and metrics could not be sent');
  });

  it('is off by default', async () => {
    const { address, terminate } = await serve([]);
    expect(await call(address, 'StreamBooks')).toBe('OK');
    expect(await terminate()).toBe(0);
    expect([receiver.spans, receiver.points()]).toEqual([[], []]);
  });

  it.each([
    '@opentelemetry/api',
    '@opentelemetry/sdk-node',
  ])('says what to install when %s is missing', async (missing) => {
    const without = join(folder, 'without.mjs');
    await writeFile(without, withoutPackage(missing));
    const failed = spawnServe(['--open-telemetry'], { NODE_OPTIONS: `--import ${without}` });
    const [stderr, [exitCode]] = await Promise.all([text(failed.stderr), once(failed, 'exit')]);
    expect(stderr).toContain('OpenTelemetry needs the packages @opentelemetry/api and @opentelemetry/sdk-node');
    expect(stderr).toContain('npm install @opentelemetry/api @opentelemetry/sdk-node');
    expect(exitCode).toBe(3);
  });
});

/** Whatever asks for a package hears that it is not installed. */
function withoutPackage(name: string): string {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier !== ${JSON.stringify(name)}) return next(specifier, context);
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const url = `data:text/javascript,${encodeURIComponent(hooks)}`;
  return `import { register } from 'node:module';\nregister(${JSON.stringify(url)});\n`;
}
