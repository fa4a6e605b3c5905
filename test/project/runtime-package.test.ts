import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertSameRelease, runtimePackageOf } from '../../src/project/runtime-package.js';
import { cli, linkedProject, runNode } from '../support/linked-project.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const manifest = (dependencies: object, others: object = {}) => JSON.stringify({ dependencies, ...others });
const WHOLE = { 'grpc-stream': '^0.1.0' };
const RUNTIME = { '@grpc-stream/runtime': '^0.1.0' };

describe('the package that generated code imports', () => {
  it.each([
    [
      'the runtime, where package.json names it',
      { 'package.json': manifest(RUNTIME, { devDependencies: WHOLE }) },
      '@grpc-stream/runtime',
    ],
    ['the whole package, where that is all there is', { 'package.json': manifest(WHOLE) }, 'grpc-stream'],
    ['the whole package, where there is no package.json', {}, 'grpc-stream'],
    [
      'what the root of a workspace names, where the application names none',
      { 'package.json': manifest(RUNTIME), 'apps/api/package.json': manifest({}) },
      '@grpc-stream/runtime',
    ],
    [
      'what the application names, whatever its workspace names',
      { 'package.json': manifest(RUNTIME), 'apps/api/package.json': manifest(WHOLE) },
      'grpc-stream',
    ],
  ])('is %s', async (_what, files, expected) => {
    const folder = await temporaryFolder(files);
    await mkdir(join(folder, 'apps/api'), { recursive: true });
    expect(await runtimePackageOf('apps/api/package.json' in files ? join(folder, 'apps/api') : folder)).toBe(expected);
  });

  it('changes with package.json, and then changes nothing more', async () => {
    const project = await linkedProject('sqlite');
    const path = join(project, 'package.json');
    const generated = () => readFile(join(project, 'src/grpc/generated/library/v1/book.ts'), 'utf8');
    const generate = () => runNode(project, [cli, 'generate', '--json']);
    await generate();
    const lean = await generated();
    expect(lean).toContain("from '@grpc-stream/runtime'");
    expect(lean).not.toMatch(/['"]grpc-stream\//);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/\n *"@grpc-stream\/runtime": .*/, ''));
    await generate();
    expect(await generated()).not.toContain('@grpc-stream');
    await writeFile(path, text);
    await generate();
    expect(await generated()).toBe(lean);
    await runNode(project, [cli, 'generate', '--check']);
  });
});

describe('a runtime of another release', () => {
  const withRuntime = async (version: string) => {
    const path = 'node_modules/@grpc-stream/runtime/package.json';
    const folder = await temporaryFolder();
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify({ name: '@grpc-stream/runtime', version }));
    return folder;
  };

  it('is refused, with the command that mends it', async () => {
    const folder = await withRuntime('0.0.1');
    expect(() => assertSameRelease(folder)).toThrow(/@grpc-stream\/runtime is 0\.0\.1 and grpc-stream is \d/);
  });

  it('is fine where it is the same one, or none', async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
    assertSameRelease(await withRuntime(version));
    assertSameRelease(await temporaryFolder());
  });
});
