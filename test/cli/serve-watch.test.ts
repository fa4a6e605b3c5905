import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { cli, linkedProject, runNode } from '../support/linked-project.js';

type Watch = ChildProcessByStdio<null, null, Readable>;

let project: string;
let port: number;
let watch: Watch;
let ended: Promise<unknown[]>;
let lines: AsyncIterator<string>;

beforeEach(async () => {
  project = await linkedProject('sqlite');
  port = await freePort();
  const env = { ...process.env, DATABASE_URL: `file:${join(project, 'dev.db')}`, NODE_ENV: 'production' };
  watch = spawn(process.execPath, [cli, 'serve', '--watch', '--port', String(port)], {
    cwd: project,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  ended = once(watch, 'exit');
  lines = createInterface({ input: watch.stderr })[Symbol.asyncIterator]();
}, 60_000);
// The server is a process of its own, which a kill would leave.
afterEach(async () => {
  watch.kill('SIGTERM');
  await ended;
});

it('generates and serves, and again after each change of the code and of the schema', async () => {
  await line(/✔ listening on/);
  await runNode(project, [cli, 'seed', '--model', 'Book', '--rows', '20', '--quiet']);
  expect(await rows()).toBe(20);

  const services = await source('src/grpc/services.ts');
  await services.write(
    services.text.replace('<StreamedModels>()({})', '<StreamedModels>()({ book: { scope: () => ({ id: 7 }) } })'),
  );
  await line(/✔ listening on/);
  expect(await rows()).toBe(1);

  await services.write(`${services.text}\nthrow new Error('a mistake in the code');\n`);
  await line(/^the server ended with exit code \d+; waiting for a change$/);
  await services.write(services.text);
  await line(/✔ listening on/);

  const schema = await source('prisma/schema.prisma');
  await schema.write(schema.text.replace('  summary     String?', '  blurb       String? @map("summary")'));
  await line(/✔ prisma\/schema\.prisma: \d+ files written/);
  await line(/✔ listening on/);
  expect(JSON.parse(await read('--limit', '1', '--fields', 'id,blurb'))).toMatchObject({
    id: 1,
    blurb: expect.anything(),
  });
}, 300_000);

it('ends with its server on Ctrl-C', async () => {
  await line(/✔ listening on/);
  watch.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
  await expect(read()).rejects.toThrow('connect');
}, 120_000);

async function line(wanted: RegExp): Promise<void> {
  const seen: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`it ended before it said ${wanted}:\n${seen.join('\n')}`);
    seen.push(value);
    if (wanted.test(value)) return;
  }
}

const read = (...more: string[]) =>
  runNode(project, [
    cli,
    'read',
    'Book',
    '--target',
    `127.0.0.1:${port}`,
    '--retries',
    '0',
    '--connect-timeout',
    '2',
    ...more,
  ]);

async function rows(): Promise<number> {
  return (await read()).trimEnd().split('\n').length;
}

async function source(path: string): Promise<{ readonly text: string; write(text: string): Promise<void> }> {
  const file = join(project, path);
  return { text: await readFile(file, 'utf8'), write: (text) => writeFile(file, text) };
}
