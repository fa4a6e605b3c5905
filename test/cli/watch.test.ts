import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cli } from '../support/linked-project.js';
import { type TemporaryProject, temporaryProject } from '../support/spawn-cli.js';

const SCHEMA = `datasource db {
  provider = "sqlite"
}
model Book {
  id Int @id
}
model Shelf {
  id Int @id
}
`;

let project: TemporaryProject;
let child: ChildProcess;
let lines: AsyncIterator<string>;

beforeEach(async () => {
  project = await temporaryProject({ 'package.json': '{ "name": "shop" }', 'prisma/schema.prisma': SCHEMA });
  const args = [cli, 'generate', '--watch', '--no-client'];
  child = spawn(process.execPath, args, { cwd: project.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  if (!child.stderr) throw new Error('no stderr');
  lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  await line(/^watching prisma\/schema\.prisma/);
});
afterEach(() => void child.kill('SIGKILL'));

it('writes what a change of the schema changes, and nothing else, with a line for each', async () => {
  const shelf = await changedAt('src/grpc/generated/shop/v1/shelf.ts');
  await edit(SCHEMA.replace('id Int @id\n', 'id Int @id\n  title String\n'));
  await line(/^✔ prisma\/schema\.prisma: \d+ files written in \d+ ms$/);
  expect(await read('proto/shop/v1/book.proto')).toContain('  string title = 2;\n');
  expect(await read('src/grpc/generated/shop/v1/book.ts')).toContain('title: string');
  expect(await changedAt('src/grpc/generated/shop/v1/shelf.ts')).toBe(shelf);
});

it('tells of a schema that is broken, and goes on when it is mended', async () => {
  await edit(SCHEMA.replace('id Int @id', 'id Imt @id'));
  await line(/^error .*schema\.prisma:5: Type "Imt"/);
  await line(/^waiting for a change$/);
  await edit(SCHEMA.replace('model Shelf', 'model Rack'));
  await line(/^✔ prisma\/schema\.prisma: \d+ files written/);
  expect(await read('proto/shop/v1/rack.proto')).toContain('message Rack {');
});

it('ends with 130 on Ctrl-C', async () => {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
});

async function line(wanted: RegExp): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the watch ended before it said ${wanted}`);
    if (wanted.test(value)) return;
  }
}

const edit = (text: string) => writeFile(join(project.folder, 'prisma/schema.prisma'), text);
const read = (path: string) => readFile(join(project.folder, path), 'utf8');
const changedAt = async (path: string) => (await stat(join(project.folder, path))).mtimeMs;
