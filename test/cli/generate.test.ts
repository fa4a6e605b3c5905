import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { schemaFixture } from '../schema/fixtures.js';
import { spawnCli, type TemporaryProject, temporaryProject } from '../support/spawn-cli.js';

const SCHEMA = readFileSync(schemaFixture('library').schema, 'utf8');
const DATASOURCE = 'datasource db {\n  provider = "sqlite"\n}\n';
const STACK = /^\s+at /m;

let project: TemporaryProject;
beforeEach(async () => {
  project = await temporaryProject({
    'package.json': '{ "name": "@acme/book-shop", "type": "module" }',
    'prisma/schema.prisma': SCHEMA,
  });
});

/** Presses Ctrl-C as soon as the command listens for it. */
const INTERRUPTED = `process.on('newListener', (name) => {
  if (name === 'SIGTERM') setImmediate(() => process.kill(process.pid, 'SIGINT'));
});`;

const generate = (...flags: string[]) => project.run('generate', '--no-client', ...flags);

describe('generate', () => {
  it('writes protos, the lock and code, and says on stderr what it wrote', async () => {
    const { exitCode, stdout, stderr } = await generate();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('  create proto/book_shop/v1/book.proto\n');
    expect(stderr).toMatch(/✔ 2 models, \d+ files written\n$/);
    expect(Object.keys(await project.files())).toEqual([
      'package.json',
      'prisma/schema.prisma',
      'proto/book_shop/v1/author.proto',
      'proto/book_shop/v1/book.proto',
      'proto/book_shop/v1/enums.proto',
      'proto/book_shop/v1/streaming.proto',
      'proto/grpc-stream.lock.json',
      'src/grpc/generated/author.stream.ts',
      'src/grpc/generated/book.stream.ts',
      'src/grpc/generated/book_shop/v1/author.ts',
      'src/grpc/generated/book_shop/v1/book.ts',
      'src/grpc/generated/book_shop/v1/enums.ts',
      'src/grpc/generated/book_shop/v1/streaming.ts',
      'src/grpc/generated/client.ts',
      'src/grpc/generated/descriptors.ts',
      'src/grpc/generated/google/protobuf/timestamp.ts',
      'src/grpc/generated/server.ts',
      'src/grpc/generated/services.ts',
      'src/grpc/services.ts',
    ]);
  });

  it('has nothing to do the second time', async () => {
    await generate();
    const before = await project.files();
    const { exitCode, stdout, stderr } = await generate();
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '✔ 2 models, everything is up to date\n',
    });
    expect(await project.files()).toEqual(before);
  });

  it('keeps numbers over an edit, and removes the files of a model that went', async () => {
    await generate();
    const withoutAuthor = SCHEMA.replace(/\/\/\/ Somebody[\s\S]*?\n}\n/, '')
      .replace(/ {2}author {6}Author.*\n/, '')
      .replace(/ {2}isbn.*\n/, '');
    await project.write('prisma/schema.prisma', withoutAuthor);
    const { stderr } = await generate();
    expect(stderr).toContain('  remove proto/book_shop/v1/author.proto\n');
    expect(stderr).toContain('  remove src/grpc/generated/author.stream.ts\n');
    const files = await project.files();
    expect(files['proto/book_shop/v1/author.proto']).toBeUndefined();
    expect(files['proto/book_shop/v1/book.proto']).toContain('  reserved 2;\n  reserved "isbn";\n');
    expect(files['proto/book_shop/v1/book.proto']).toContain('  string title = 3;\n');
  });

  it('leaves files of the user’s own alone', async () => {
    await project.write('src/grpc/generated/mine.ts', 'export const mine = 1;\n');
    await project.write('proto/notes.proto', 'syntax = "proto3";\n');
    await generate();
    const files = await project.files();
    expect(files['src/grpc/generated/mine.ts']).toBe('export const mine = 1;\n');
    expect(files['proto/notes.proto']).toBe('syntax = "proto3";\n');
  });

  it('says what an edit breaks, for whom, and what to do', async () => {
    await generate();
    await project.write('prisma/schema.prisma', SCHEMA.replace('rating      Float?', 'rating      String?'));
    const lines = [
      'breaking Book.rating changed from optional double to optional string; it moved from number 5, which stays reserved, to 10',
      '  existing clients read it as absent or empty, and so do new clients of an old server',
      '  → to give clients time, add another column, and drop the old one when no client reads it',
      '',
    ];
    expect((await generate('--dry-run')).stderr).toContain(lines.join('\n'));
    expect(JSON.parse((await generate('--json')).stdout)).toMatchObject({
      apiChanges: [{ level: 'breaking', subject: 'Book.rating' }],
    });
    expect((await generate()).stderr).toBe('✔ 2 models, everything is up to date\n');
  });

  it('removes the protos of the package that was renamed, and says whom that breaks', async () => {
    await generate();
    await project.write('grpc-stream.config.ts', "export default { package: 'shop' };\n");
    const { stderr } = await generate();
    expect(stderr).toContain('breaking package book_shop.v1 was renamed to shop.v1\n  every service has a new path');
    const paths = Object.keys(await project.files());
    expect(paths).toContain('proto/shop/v1/book.proto');
    expect(paths.filter((path) => path.includes('book_shop'))).toEqual([]);
  });

  it('writes the services file once, and leaves it as it is, also when a model goes', async () => {
    await generate();
    const first = (await project.files())['src/grpc/services.ts'] ?? '';
    expect(first).toContain('// This file is yours: it was written once');
    const mine = first.replace('<StreamedModels>()({})', '<StreamedModels>()({ author: {} })');
    await project.write('src/grpc/services.ts', mine);
    expect((await generate()).stderr).toBe('✔ 2 models, everything is up to date\n');
    const withoutAuthor = SCHEMA.replace(/\/\/\/ Somebody[\s\S]*?\n}\n/, '').replace(/ {2}author {6}Author.*\n/, '');
    await project.write('prisma/schema.prisma', withoutAuthor);
    const { stderr } = await generate();
    expect(stderr).toContain('  remove src/grpc/generated/author.stream.ts\n');
    expect(stderr).toContain(
      'warning src/grpc/services.ts is yours, and still has hooks of author, which is gone: take them out\n',
    );
    expect((await project.files())['src/grpc/services.ts']).toBe(mine);
    await project.write('src/grpc/services.ts', first);
    expect((await generate()).stderr).toBe('✔ 1 model, everything is up to date\n');
  });

  it('names the fields whose filters no index serves, when a model is new or has changed', async () => {
    const notes = async () => (await generate()).stderr.split('\n').filter((line) => line.startsWith('note '));
    expect(await notes()).toEqual([
      'note Author: a filter by name may look at every row: no index serves it (an @@index does; see the settings unindexedFilters and maxScan)',
      expect.stringMatching(/^note Book: a filter by title, summary, rating, .* and 2 more may look at every row/),
    ]);
    expect(await notes()).toEqual([]);
    await project.write('prisma/schema.prisma', SCHEMA.replace('rating      Float?', 'rating      Float? @unique'));
    expect(await notes()).toEqual([expect.not.stringContaining('rating')]);
  });

  it('is silent under --quiet', async () => {
    expect(await generate('--quiet')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('streams what it can, and warns about what it cannot', async () => {
    const view = 'generator c {\n  provider = "prisma-client"\n  output = "x"\n  previewFeatures = ["views"]\n}\n';
    await project.write(
      'prisma/schema.prisma',
      `${DATASOURCE}${view}view Totals {\n  n Int\n}\nmodel A {\n  id Int @id\n}\n`,
    );
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(0);
    const schema = join(project.folder, 'prisma/schema.prisma');
    expect(stderr).toContain(
      `warning ${schema}:9: view "Totals" has no unique, non-null key to stream by; add @unique or @@unique\n`,
    );
    expect(stderr).toMatch(/✔ 1 model \(1 left out\), \d+ files written\n$/);
  });
});

describe('generate without writing', () => {
  it('--check exits with 11 when files are stale and with 0 when they are not', async () => {
    const missing = await generate('--check');
    expect(missing.exitCode).toBe(11);
    expect(missing.stdout).toContain('create proto/book_shop/v1/book.proto\n');
    expect(missing.stderr).toMatch(/^2 models, \d+ files stale; run `npx grpc-stream generate`\n$/);
    expect(Object.keys(await project.files())).toEqual(['package.json', 'prisma/schema.prisma']);

    await generate();
    expect(await generate('--check')).toMatchObject({ exitCode: 0, stdout: '' });

    await project.write('prisma/schema.prisma', SCHEMA.replace('rating      Float?', 'rating      Float'));
    const stale = await generate('--check');
    expect(stale.exitCode).toBe(11);
    expect(stale.stdout).toContain('update proto/book_shop/v1/book.proto\n');
  });

  it('--dry-run lists what would change, and writes nothing', async () => {
    const before = await project.files();
    const { exitCode, stdout } = await generate('--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(17);
    expect(await project.files()).toEqual(before);
  });

  it('--diff shows what would change, and writes nothing', async () => {
    await generate();
    const schema = SCHEMA.replace('rating      Float?', 'rating      Float');
    await project.write('prisma/schema.prisma', schema);
    const before = await project.files();
    const { exitCode, stdout } = await generate('--diff');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--- a/proto/book_shop/v1/book.proto\n+++ b/proto/book_shop/v1/book.proto\n@@ ');
    expect(stdout).toContain('-  optional double rating = 5;\n+  double rating = 5;\n');
    expect(await project.files()).toEqual(before);
  });

  it('--diff is a patch that git applies, new and removed files as well', async () => {
    await generate();
    const withoutAuthor = SCHEMA.replace(/\/\/\/ Somebody[\s\S]*?\n}\n/, '').replace(/ {2}author {6}Author.*\n/, '');
    await project.write('prisma/schema.prisma', `${withoutAuthor}\nmodel Shelf {\n  id Int @id\n}\n`);
    const { stdout } = await generate('--diff');
    await project.write('change.patch', stdout);
    await promisify(execFile)('git', ['apply', 'change.patch'], { cwd: project.folder });
    expect(await generate('--check')).toMatchObject({ exitCode: 0 });
  });

  it('--diff has colours where they are asked for', async () => {
    const { stdout } = await spawnCli(['generate', '--diff'], { cwd: project.folder, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[32m+message Book {\u001b[39m\n');
    expect((await generate('--diff')).stdout).not.toContain('\u001b');
  });
});

describe('generate --json', () => {
  it('prints one document on stdout, and leaves people’s lines on stderr', async () => {
    const first = await generate('--json');
    expect(first.exitCode).toBe(0);
    const document: { files: unknown[] } = JSON.parse(first.stdout);
    expect(document).toMatchObject({
      upToDate: false,
      written: true,
      models: [
        { name: 'Author', key: ['id'] },
        { name: 'Book', key: ['id'] },
      ],
      skipped: [],
    });
    expect(document.files).toHaveLength(17);
    expect(JSON.parse((await generate('--json')).stdout)).toMatchObject({ upToDate: true, files: [] });
  });

  it('prints nothing on stdout when it fails', async () => {
    await project.write('prisma/schema.prisma', 'model');
    const { exitCode, stdout, stderr } = await generate('--json');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error /);
  });
});

describe('generate refuses', () => {
  const schemaPath = () => join(project.folder, 'prisma/schema.prisma');

  it('a schema with a mistake: its file and line, no stack, nothing written', async () => {
    await project.write('prisma/schema.prisma', `${SCHEMA}\nmodel Wrong {\n  id Int @id\n  name Strin\n}\n`);
    const before = await project.files();
    const line = SCHEMA.split('\n').length + 3;
    const { exitCode, stdout, stderr } = await generate();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      `error ${schemaPath()}:${line}: Type "Strin" is neither a built-in type, nor refers to another model, composite type, or enum.\n`,
    );
    expect(await project.files()).toEqual(before);
  });

  it('the same with a stack under --verbose', async () => {
    await project.write('prisma/schema.prisma', 'model');
    expect((await generate()).stderr).not.toMatch(STACK);
    expect((await generate('--verbose')).stderr).toMatch(STACK);
  });

  it('to go on after Ctrl-C: nothing is written', async () => {
    const before = await project.files();
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(INTERRUPTED)}`;
    const run = await spawnCli(['generate', '--no-client'], { cwd: project.folder, env: { NODE_OPTIONS } });
    expect(run).toEqual({ exitCode: 130, stdout: '', stderr: '' });
    expect(await project.files()).toEqual(before);
  });

  it('a model without a unique key', async () => {
    await project.write('prisma/schema.prisma', `${DATASOURCE}model Event {\n  at DateTime\n}\n`);
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `error ${schemaPath()}:4: model "Event" has no unique, non-null key to stream by; add @id or @@unique\n`,
    );
  });

  it('a schema without a model', async () => {
    await project.write('prisma/schema.prisma', DATASOURCE);
    expect(await generate()).toMatchObject({
      exitCode: 2,
      stderr: `error ${schemaPath()} has no model; add one and run again\n`,
    });
  });

  it('a schema that is not there, and says where it looked', async () => {
    await project.write('grpc-stream.config.ts', "export default { schema: 'db/none.prisma' };\n");
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error the Prisma schema ${join(project.folder, 'db/none.prisma')} does not exist\n  → `);
  });

  it('a name that two fields ask for', async () => {
    const field = (name: string) => `  /// @grpc.name(ab)\n  ${name} Int\n`;
    await project.write('prisma/schema.prisma', `${DATASOURCE}model A {\n  id Int @id\n${field('a')}${field('b')}}\n`);
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'field "b" of model "A" would be ab in the API, which is the name of field "a" of model "A"\n  → ask for another name',
    );
  });

  it('every wrong key and value of the configuration at once', async () => {
    await project.write(
      'grpc-stream.config.ts',
      'export default { streaming: { chunkSize: 0, chunksize: 5 }, modells: {}, server: { port: 10n } };\n',
    );
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      [
        `error ${join(project.folder, 'grpc-stream.config.ts')}: streaming.chunkSize is 0; it must be a whole number from 1 to 100000, or auto`,
        '      streaming.chunksize is not a setting',
        '      server.port is 10n; it must be a port from 0 to 65535',
        '      modells is not a setting',
        '',
      ].join('\n'),
    );
  });

  it('settings of a model that the schema does not have', async () => {
    await project.write('grpc-stream.config.ts', 'export default { models: { Bok: { chunkSize: 5 } } };\n');
    expect(await generate()).toMatchObject({
      exitCode: 2,
      stderr: `error ${join(project.folder, 'grpc-stream.config.ts')}: models.Bok names no model of the schema\n  → name one of: Author, Book\n`,
    });
  });

  it('a configuration that is not code', async () => {
    await project.write('grpc-stream.config.ts', 'export default { streaming: {\n');
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error .*grpc-stream\.config\.ts cannot be loaded: .*\n$/);
  });

  it('a configuration that is not there', async () => {
    const { exitCode, stderr } = await generate('--config', 'none.ts');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`error the configuration file ${join(project.folder, 'none.ts')} does not exist\n`);
  });

  it.each([
    ['{', /package\.json cannot be read: .*\n {2}→ correct it/],
    ['{ "name": 5 }', /package\.json cannot be read: its name is not a string\n {2}→ correct it/],
  ])('a package.json that holds %s', async (text, message) => {
    await project.write('package.json', text);
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each(['proto', 'src'])('a file named %s where a folder must be, and leaves everything as it was', async (name) => {
    await project.write(name, 'a file\n');
    const before = await project.files();
    const { exitCode, stdout, stderr } = await generate();
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(`${join(project.folder, name)} is a file, and must be a folder\n  → `);
    expect(stderr).not.toMatch(STACK);
    expect(await project.files()).toEqual(before);
  });

  it('to overwrite a file that it did not write', async () => {
    await project.write('src/grpc/generated/client.ts', 'export const mine = 1;\n');
    const before = await project.files();
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('client.ts: not written by grpc-stream, so it is not overwritten\n  → move or remove it');
    expect(await project.files()).toEqual(before);
  });

  it('a lock with a merge conflict', async () => {
    await generate();
    await project.write('proto/grpc-stream.lock.json', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n');
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/grpc-stream\.lock\.json is not a field-number lock: it contains a merge conflict\n {2}→ /);
  });
});

describe('generate finds', () => {
  it('the schema that prisma.config.ts names', async () => {
    await project.write('db/schema.prisma', `${DATASOURCE}model Shelf {\n  id Int @id\n}\n`);
    await project.write('prisma.config.ts', "export default { schema: 'db/schema.prisma' };\n");
    const { stderr } = await generate();
    expect(stderr).toContain('create proto/book_shop/v1/shelf.proto');
  });

  it('the folders and the package that the configuration names, from its own folder', async () => {
    await project.write(
      'config/grpc.ts',
      "export default { schema: '../prisma', package: 'shop', protoDir: '../api', output: '../lib' };\n",
    );
    const { exitCode } = await generate('--config', 'config/grpc.ts');
    expect(exitCode).toBe(0);
    const files = await project.files();
    expect(files['api/shop/v1/book.proto']).toContain('package shop.v1;');
    expect(files['lib/generated/server.ts']).toContain("import config from '../../config/grpc.js';");
  });

  it('a schema of several files', async () => {
    const folder = schemaFixture('multi-file').schema;
    await project.write('grpc-stream.config.ts', `export default { schema: ${JSON.stringify(folder)} };\n`);
    const { exitCode, stderr } = await generate();
    expect(exitCode).toBe(0);
    expect(stderr).toContain('✔ 2 models');
  });
});
