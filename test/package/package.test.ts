import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';
import { packed, resolvesEverywhere } from '../support/packed.js';
import { packageRoot } from '../support/temporary-folder.js';

const run = promisify(execFile);

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
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'dist/bench-result.schema.json',
      'dist/bin',
      'dist/commonjs',
      'dist/demo',
      'dist/src',
      'docs',
      'package.json',
      'prisma',
      'templates',
    ]);
    const source = paths.filter((path) => path.startsWith('dist/') && /(?<!\.d)\.ts$|\.map$|\.tsbuildinfo$/.test(path));
    expect(source).toEqual([]);
  });

  it('contains every file that its pages link to', async () => {
    const { paths } = await packed();
    for (const page of paths.filter((path) => path.endsWith('.md') && !path.startsWith('templates/'))) {
      const text = await readFile(join(packageRoot, page), 'utf8');
      const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(([, link = '']) => join(dirname(page), link));
      expect(paths, page).toEqual(expect.arrayContaining(links));
    }
  });

  it('resolves with its types for every way to import it', async () => {
    await resolvesEverywhere(await packed());
  });

  it('runs and compiles with only the package and its dependencies installed, as in projects of earlier releases', async () => {
    const project = await linkedProject('sqlite');
    await withoutRuntimePackage(project);
    const cli = await install((await packed()).tarball, project);
    await runNode(project, [cli, 'generate']);
    await writeFile(join(project, 'src/imports.ts'), await importsOfEveryEntry());
    await runNode(project, [tsc, '--noEmit', '-p', '.']);
    await runNode(project, ['--import', 'tsx', 'src/imports.ts']);
    expect(await readFile(join(project, 'src/grpc/generated/server.ts'), 'utf8')).toContain(
      "from 'grpc-stream/server'",
    );
    await runNode(project, ['--import', 'tsx', '--test', 'test/books.test.ts']);
    expect(await runNode(project, [cli, 'bench', '--demo', '--quick', '--rows', '500', '--rounds', '1'])).toContain(
      'Rows/s at each chunk size',
    );
  });
});

it('compiles where every declaration is checked, also without the optional packages', async () => {
  const project = await linkedProject('sqlite');
  await runNode(project, [await install((await packed()).tarball, project), 'generate', '--quiet']);
  await writeFile(join(project, 'src/imports.ts'), await importsOfEveryEntry());
  const optional = ['prom-client', '@opentelemetry/api', '@opentelemetry/sdk-node'];
  await Promise.all(optional.map((name) => rm(join(project, 'node_modules', name))));
  const options = ['--skipLibCheck', 'false', '--exactOptionalPropertyTypes'];
  await runNode(project, [tsc, '--noEmit', ...options, '-p', '.']);
});

describe('a project in CommonJS', () => {
  const project = (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-commonjs-'));
    const library = await linkedProject('sqlite', folder);
    const path = join(library, 'package.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), type: 'commonjs' }));
    await runNode(library, [cli, 'generate']);
    await writeFile(join(library, 'src/imports.ts'), await importsOfEveryEntry());
    return { folder, library };
  })();
  afterAll(async () => rm((await project).folder, { recursive: true, force: true }));

  it.each([
    ['commonjs', 'bundler'],
    ['node16', 'node16'],
    ['node20', 'node16'],
    ['nodenext', 'nodenext'],
  ])('compiles with module %s and moduleResolution %s', async (module, moduleResolution) => {
    const options = ['--module', module, '--moduleResolution', moduleResolution];
    const { library } = await project;
    await runNode(library, [tsc, '--noEmit', '--strict', ...options, '-p', '.']);
  });

  it('runs as tsc wrote it, and from its TypeScript', async () => {
    const { library } = await project;
    await runNode(library, [tsc, '-p', '.']);
    const built = await readFile(join(library, 'dist/src/grpc/generated/server.js'), 'utf8');
    expect(built).toContain('require("@grpc-stream/runtime/server")');
    await runNode(library, ['dist/src/imports.js']);
    await runNode(library, ['--import', 'tsx', 'src/imports.ts']);
    await runNode(library, ['--import', 'tsx', '--test', 'test/books.test.ts']);
    expect(await runNode(library, [cli, 'seed', '--rows', '200', '--json'])).toContain('"Book"');
  });

  it('has the classes of those that import the package', async () => {
    const { library } = await project;
    const script =
      "import('grpc-stream').then((m) => console.log(m.StreamError === require('grpc-stream').StreamError))";
    expect(await runNode(library, ['-e', script])).toBe('true\n');
  });
});

/** Makes a project what it was before the runtime had a package of its own. */
async function withoutRuntimePackage(project: string): Promise<void> {
  await rm(join(project, 'node_modules/@grpc-stream'), { recursive: true });
  const edit = async (path: string, from: RegExp | string, to: string) => {
    const text = await readFile(join(project, path), 'utf8');
    expect(text).toMatch(from);
    await writeFile(join(project, path), text.replace(from, to));
  };
  await edit('package.json', /\n *"@grpc-stream\/runtime": .*/, '');
  await edit('grpc-stream.config.ts', '@grpc-stream/runtime/config', 'grpc-stream');
  await edit('test/books.test.ts', '@grpc-stream/runtime/testing', 'grpc-stream/testing');
}

/** Puts the packed package into a project, and returns the path of its CLI. */
async function install(tarball: string, project: string): Promise<string> {
  const installed = join(project, 'node_modules/grpc-stream');
  await rm(installed);
  await mkdir(installed);
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
  return join(installed, 'dist/bin/grpc-stream.js');
}

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
