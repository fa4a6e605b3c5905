import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../support/spawn-cli.js';
import { waitFor } from '../support/wait-for.js';

const BINARY = fileURLToPath(new URL('../../dist/bin/grpc-stream.js', import.meta.url));
const DEMO = fileURLToPath(new URL('../../prisma', import.meta.url));
const ROWS = 20_000;

let folder: string;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-serve-'));
  env = { DATABASE_URL: `file:${join(folder, 'demo.db')}` };
  const seeded = await spawnCli(['--cwd', DEMO, 'seed', '--model', 'Book', '--rows', `${ROWS}`], { env });
  expect([seeded.exitCode, seeded.stderr]).toEqual([0, expect.any(String)]);
});
afterAll(() => rm(folder, { recursive: true }));

interface Serving {
  readonly child: ChildProcess;
  readonly address: string;
  /** What it has said on stderr so far. */
  said(): string;
  readonly exited: Promise<number | null>;
}

const running: Serving[] = [];
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
});

/** `serve`, once it listens. */
async function serve(flags: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const args = [BINARY, '--cwd', DEMO, '--json', 'serve', '--port', '0', ...flags];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  const exited = once(child, 'exit').then(([code]) => code);
  await waitFor(`an address; stderr: ${stderr}`, () => stdout.includes('\n') || child.exitCode !== null, 90_000);
  const serving = { child, address: JSON.parse(stdout).address, said: () => stderr, exited };
  running.push(serving);
  return serving;
}

/** Reads the whole table, and says how it ended. */
function read(address: string, metadata: Readonly<Record<string, string>> = {}, slowly = false) {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const sent = new Metadata();
  for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
  const call = client.makeServerStreamRequest(
    '/library.v1.BookStreamService/StreamBooks',
    Buffer.from,
    Buffer.from,
    '',
    sent,
  );
  let rows = 0;
  call.on('data', () => {
    rows++;
    if (slowly && rows === 10) call.pause();
  });
  call.on('error', () => {});
  const ended = new Promise<string>((resolve) =>
    call.on('status', ({ code }: StatusObject) => {
      client.close();
      resolve(Status[code] ?? '');
    }),
  );
  return { ended, rows: () => rows, resume: () => call.resume() };
}

describe('serve', () => {
  it('serves until SIGTERM, and then ends with 0; health follows', async () => {
    const { address, child, exited } = await serve();
    const health = await spawnCli(['--json', 'health', address]);
    expect(JSON.parse(health.stdout)).toEqual({ address, status: 'SERVING' });
    expect(health.exitCode).toBe(0);
    const reading = read(address);
    expect([await reading.ended, reading.rows()]).toEqual(['OK', ROWS]);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    const gone = await spawnCli(['health', address]);
    expect(gone.exitCode).toBe(3);
    expect(gone.stderr).toContain(`${address} does not answer`);
  });

  it('takes a token from the environment, and tells it to nobody', async () => {
    const token = 'a-token-that-nobody-guesses';
    const { address, said } = await serve([], { GRPC_STREAM_TOKEN: token });
    expect(await read(address).ended).toBe('UNAUTHENTICATED');
    expect(await read(address, { authorization: 'Bearer wrong' }).ended).toBe('UNAUTHENTICATED');
    expect(await read(address, { authorization: `Bearer ${token}` }).ended).toBe('OK');
    await waitFor('three lines', () => said().split('call ended').length === 4);
    expect(said()).not.toContain(token);
    for (const line of said().trim().split('\n')) expect(line.match(/"name":/g)).toHaveLength(1);
  });

  it('warns of other machines, who could read everything', async () => {
    const { said } = await serve(['--host', '0.0.0.0']);
    expect(said()).toContain('NO AUTHENTICATION');
    expect(said()).toContain('NO TLS');
    const token = join(folder, 'tokens');
    await writeFile(token, '# for the reports\na-token-that-nobody-guesses\n');
    const guarded = await serve(['--host', '0.0.0.0', '--token-file', token]);
    expect(guarded.said()).not.toContain('NO AUTHENTICATION');
  });

  it('goes on when nobody reads its log any more', async () => {
    const { address, child } = await serve();
    child.stderr?.destroy();
    for (let times = 0; times < 3; times++) expect(await read(address).ended).toBe('OK');
    expect((await spawnCli(['health', address])).exitCode).toBe(0);
  });

  it('says once what keeps it from starting, with the right exit code', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = address && typeof address === 'object' ? `${address.port}` : '';
    const empty = join(folder, 'empty');
    await writeFile(empty, '\n# nothing\n');
    const cases: [flags: string[], exitCode: number, message: string][] = [
      [['--port', port], 3, `cannot listen on 127.0.0.1:${port}: the port is in use`],
      [['--port', port, '--workers', '2'], 3, `cannot listen on 127.0.0.1:${port}: the port is in use`],
      [['--tls-cert', 'nowhere.pem', '--tls-key', 'nowhere.key'], 3, 'nowhere.pem cannot be read'],
      [['--tls-cert', 'nowhere.pem'], 2, 'tlsCert and tlsKey are set together'],
      [['--tls-client-ca', 'nowhere.pem'], 2, 'tlsClientCa needs tlsCert and tlsKey'],
      [['--token-file', 'nowhere'], 3, 'nowhere cannot be read'],
      [['--token-file', empty], 3, 'holds no token'],
      [['--token-file', empty, '--jwt-jwks-url', 'https://issuer.example'], 2, 'at the same time'],
      [['--jwt-jwks-url', 'https://issuer.example'], 2, 'JWTs need jwtIssuer and jwtAudience'],
      [['--workers', '0'], 2, 'workers is 0 (from --workers)'],
    ];
    for (const [flags, exitCode, message] of cases) {
      const run = await spawnCli(['--cwd', DEMO, 'serve', '--port', '0', ...flags], { env });
      expect([flags, run.exitCode]).toEqual([flags, exitCode]);
      expect(run.stderr.split(message), `${flags.join(' ')}: ${run.stderr}`).toHaveLength(2);
    }
    taken.close();
  });
});

describe('serve with workers', () => {
  it('shares the port, replaces a worker that dies, and ends them all well', async () => {
    const { address, child, exited, said } = await serve(['--workers', '2']);
    const listening = () => [...said().matchAll(/"pid":(\d+)[^\n]*"msg":"listening"/g)].map(([, pid]) => Number(pid));
    // Their log comes by another way than the address.
    await waitFor('two workers', () => new Set(listening()).size === 2);
    // Connections go to the workers in turn.
    const readings = Array.from({ length: 4 }, () => read(address));
    expect(await Promise.all(readings.map(({ ended }) => ended))).toEqual(['OK', 'OK', 'OK', 'OK']);
    const streamed = () => new Set([...said().matchAll(/"pid":(\d+)[^\n]*"msg":"call ended"/g)].map(([, pid]) => pid));
    await waitFor('both have streamed', () => streamed().size === 2);

    process.kill(listening()[0] ?? 0, 'SIGKILL');
    await waitFor('a third worker', () => new Set(listening()).size === 3, 90_000);
    expect(said()).toContain('a worker ended; another is started');
    const again = Array.from({ length: 2 }, () => read(address));
    expect(await Promise.all(again.map(({ ended }) => ended))).toEqual(['OK', 'OK']);

    const held = Array.from({ length: 2 }, () => read(address, {}, true));
    await waitFor('streams', () => held.every(({ rows }) => rows() >= 10));
    child.kill('SIGTERM');
    await waitFor('the end', () => said().includes('shutting down'));
    for (const { resume } of held) resume();
    expect(await Promise.all(held.map(({ ended }) => ended))).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(await exited).toBe(0);
    for (const pid of listening()) expect(() => process.kill(pid, 0)).toThrow();
  });
});
