import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cli, linkedProject, runNode } from '../support/linked-project.js';
import { packageRoot } from '../support/temporary-folder.js';

const PRISMA = join(packageRoot, 'node_modules/prisma/build/index.js');

/** The real `prisma generate` runs the generator, as in a project where `npm install` put its command on the path. */
describe('a schema with a generator block of ours', () => {
  let folder = '';
  let schema = '';

  beforeEach(async () => {
    folder = await linkedProject('sqlite');
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'grpc-stream'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
    await chmod(join(bin, 'grpc-stream'), 0o755);
    schema = await readFile(join(folder, 'prisma/schema.prisma'), 'utf8');
  });

  it('gives the same files, to the byte, from `prisma generate` and from `grpc-stream generate`', async () => {
    await withBlock('output = "../src/grpc"');
    const output = await prismaGenerate();
    expect(output).toContain('Generated grpc-stream to ./src/grpc');
    const byPrisma = await generatedFiles();
    expect(Object.keys(byPrisma)).toContain('src/grpc/generated/book.stream.ts');
    await removeGenerated();
    await runNode(folder, [cli, 'generate', '--quiet', '--no-client']);
    expect(await generatedFiles()).toEqual(byPrisma);
    expect(await runNode(folder, [cli, 'generate', '--check'])).toBe('');
  });

  it('needs no output: that of the configuration holds', async () => {
    await removeGenerated();
    await withBlock('');
    await prismaGenerate();
    expect(Object.keys(await generatedFiles())).toContain('src/grpc/generated/services.ts');
  });

  it('can say where protos go and what their package is, for both commands', async () => {
    await withBlock('output = "../lib/rpc"\n  protoDir = "../api"\n  package = "shop"');
    await prismaGenerate();
    expect(await readFile(join(folder, 'api/shop/v1/book.proto'), 'utf8')).toContain('package shop.v1;');
    expect(await readdir(join(folder, 'lib/rpc/generated'))).toContain('services.ts');
    expect(await runNode(folder, [cli, 'generate', '--check'])).toBe('');
  });

  it('says on stdout what an edit breaks', async () => {
    await withBlock('output = "../src/grpc"');
    await prismaGenerate();
    await withBlock('output = "../src/grpc"', schema.replace('pages       Int', 'pages       String'));
    expect(await prismaGenerate()).toContain('breaking Book.pages changed from int32 to string');
    await withBlock('output = "../src/grpc"');
    await prismaGenerate();
  });

  it('lets people read what is wrong, with its place and what to do, and without a stack', async () => {
    await withBlock('output = "../src/grpc"\n  outputt = "x"');
    const error = await prismaGenerate().catch((caught: unknown) => String(caught));
    expect(error).toContain('generator grpc has settings that are unknown, or whose value is no text: outputt');
    expect(error).toContain('→ it can have output, package and protoDir');
    expect(error).not.toMatch(/^\s+at /m);
  });

  it('refuses a block that contradicts the configuration', async () => {
    const config = join(folder, 'grpc-stream.config.ts');
    const before = await readFile(config, 'utf8');
    await writeFile(config, before.replace('defineConfig({', "defineConfig({ output: 'elsewhere',"));
    await withBlock('output = "../src/grpc"');
    const error = await prismaGenerate().catch((caught: unknown) => String(caught));
    await writeFile(config, before);
    expect(error).toMatch(/schema\.prisma:\d+: output is .*src\/grpc, and .*elsewhere in .*grpc-stream\.config\.ts/);
  });

  it('is left to `grpc-stream generate` alone when that has Prisma make the client', async () => {
    await withBlock('output = "../src/grpc"');
    await removeGenerated();
    // The command is not on the path of this one: Prisma would fail if it looked for it.
    await runNode(folder, [cli, 'generate', '--quiet']);
    expect(await readdir(join(folder, 'src/generated/prisma'))).toContain('client.ts');
  });

  function withBlock(settings: string, text = schema): Promise<void> {
    const block = `generator grpc {\n  provider = "grpc-stream"\n  ${settings}\n}\n`;
    return writeFile(join(folder, 'prisma/schema.prisma'), `${text}\n${block}`);
  }

  function prismaGenerate(): Promise<string> {
    const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
    return runNode(folder, [PRISMA, 'generate', '--generator', 'grpc'], {
      PATH,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    });
  }

  async function removeGenerated(): Promise<void> {
    for (const path of ['proto', 'src/grpc/generated']) await rm(join(folder, path), { recursive: true, force: true });
  }

  async function generatedFiles(): Promise<Record<string, string>> {
    const files = await Promise.all(['proto', 'src/grpc/generated'].map((path) => filesIn(path)));
    return Object.fromEntries(files.flat());
  }

  async function filesIn(path: string): Promise<[string, string][]> {
    const entries = await readdir(join(folder, path), { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Promise.all(
      paths
        .sort()
        .map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as [string, string]),
    );
  }
});
