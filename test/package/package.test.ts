import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { linkedProject, runNode, tsc } from '../support/linked-project.js';
import { packageRoot, temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const bin = (name: string) => join(packageRoot, 'node_modules/.bin', name);

/** Packs the package as it is published. */
async function packed(): Promise<{ readonly tarball: string; readonly paths: readonly string[] }> {
  const folder = await temporaryFolder();
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: packageRoot,
  });
  const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] = JSON.parse(stdout);
  return { tarball: join(folder, filename), paths: files.map(({ path }) => path) };
}

describe('the package', () => {
  it.each([
    'ts-proto',
    '@prisma/prisma-schema-wasm',
    '@prisma/schema-engine-wasm',
    '@prisma/driver-adapter-utils',
  ])('pins %s to one version, since it uses parts that are not public', async (name) => {
    const { dependencies } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    expect(dependencies[name]).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });

  it('contains only what it needs', async () => {
    const { paths } = await packed();
    const folders = new Set(
      paths.map((path) =>
        path
          .split('/')
          .slice(0, path.startsWith('dist/') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...folders].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/bench-result.schema.json',
      'dist/bin',
      'dist/demo',
      'dist/src',
      'package.json',
      'prisma',
      'templates',
    ]);
    const source = paths.filter((path) => path.startsWith('dist/') && /(?<!\.d)\.ts$|\.map$|\.tsbuildinfo$/.test(path));
    expect(source).toEqual([]);
  });

  it('resolves with its types for every way to import it', async () => {
    const { tarball } = await packed();
    await run(bin('publint'), ['run', tarball, '--strict']);
    await run(bin('attw'), [tarball, '--profile', 'esm-only']);
  });

  it('runs and compiles with only the package and its dependencies installed', async () => {
    const { tarball } = await packed();
    const project = await linkedProject('sqlite');
    const installed = join(project, 'node_modules/grpc-stream');
    await rm(installed);
    await mkdir(installed);
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
    const cli = join(installed, 'dist/bin/grpc-stream.js');
    await runNode(project, [cli, 'generate']);
    await writeFile(join(project, 'src/imports.ts'), await importsOfEveryEntry());
    await runNode(project, [tsc, '--noEmit', '-p', '.']);
    await runNode(project, ['--import', 'tsx', 'src/imports.ts']);
    expect(await runNode(project, [cli, 'bench', '--demo', '--quick', '--rows', '500', '--rounds', '1'])).toContain(
      'Rows/s at each chunk size',
    );
  });
});

/** A module that imports every entry of the package. */
async function importsOfEveryEntry(): Promise<string> {
  const manifest: { exports: Record<string, unknown> } = JSON.parse(
    await readFile(join(packageRoot, 'package.json'), 'utf8'),
  );
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  const lines = entries.map(
    (entry, index) => `import * as entry${index} from '${entry.replace(/^\./, 'grpc-stream')}';`,
  );
  const names = entries.map((_, index) => `entry${index}`).join(', ');
  return `${lines.join('\n')}\nfor (const entry of [${names}]) if (Object.keys(entry).length === 0) throw new Error('empty');\n`;
}
