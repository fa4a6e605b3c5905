import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';
import { serveProject } from '../support/served-project.js';
import { packageRoot } from '../support/temporary-folder.js';
import { installedIn } from './footprint.js';
import { packPackages, packSqlite } from './pack.js';
import { productionInstall } from './production-projects.js';
import { readForeign } from './read-foreign.js';
import { openRegistry, type Registry } from './registry.js';
import { runCommand } from './shell.js';
import { userShell } from './user-shell.js';

const ROWS = 200;

/** What packages of production need as well: the driver of SQLite and its adapter, and protobufjs. */
const ALSO_NEEDED_BY_OTHERS = ['semver', '@prisma/driver-adapter-utils', '@types/node'];

/** What our package depends on, and the runtime does not; and what a new project has for development. */
async function onlyForDevelopment(project: string): Promise<string[]> {
  const dependenciesIn = async (folder: string) => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const [whole, runtime, own] = await Promise.all(
    [packageRoot, join(packageRoot, 'dist/runtime-package'), project].map(dependenciesIn),
  );
  const names = Object.keys(whole.dependencies).filter((name) => !(name in runtime.dependencies));
  return [...names, ...Object.keys(own.devDependencies)].filter((name) => !ALSO_NEEDED_BY_OTHERS.includes(name));
}

let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-production-'));
  project = await linkedProject('sqlite', folder);
  await runNode(project, [cli, 'generate', '--quiet']);
  await runNode(project, [cli, 'seed', '--rows', String(ROWS), '--quiet']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const serve = (from: string, entry: 'serve' | 'server.js') =>
  serveProject(from, { url: `file:${join(project, 'dev.db')}` }, { entry });

it('a new project streams its seeded table to its own client, in the order of the key', async () => {
  const server = await serve(project, 'serve');
  const printed = await runNode(project, ['--import', 'tsx', 'src/client.ts'], { GRPC_ADDRESS: server.address });
  const lines = printed.trim().split('\n');
  expect(lines.map((line) => Number(line.split('\t')[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(lines.every((line) => /^\d+\t\S/.test(line))).toBe(true);
  expect(await server.terminate()).toBe(0);
});

describe('a production install of a new project', () => {
  let registry: Registry;
  let production: string;
  beforeAll(async () => {
    const upstream = (await promisify(execFile)('npm', ['config', 'get', 'registry'])).stdout.trim();
    const packed = await packPackages(folder);
    registry = await openRegistry({ packed, upstream, builds: await packSqlite(folder) });
    await runNode(project, [tsc]);
    // As `init` writes it where it was installed from the registry.
    const manifest = join(project, 'package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replaceAll(/"file:[^"]*"/g, `"${packed[0].version}"`));
    const env = userShell(registry.url);
    // In a folder of its own: npm would take the links for what is installed.
    const lock = join(folder, 'lock');
    await cp(manifest, join(lock, 'package.json'));
    await runCommand(['npm', 'install', '--package-lock-only'], { folder: lock, env });
    await cp(join(lock, 'package-lock.json'), join(project, 'package-lock.json'));
    production = await productionInstall(project, join(folder, 'production'), env);
  }, 300_000);
  afterAll(() => registry?.close());

  it('has no package that is only for development, and those that are optional', async () => {
    const { names } = await installedIn({ folder: production });
    const unwanted = await onlyForDevelopment(project);
    expect(unwanted).toEqual(expect.arrayContaining(['grpc-stream', 'prisma', 'typescript', 'ts-proto', 'tsx']));
    expect(names.filter((name) => unwanted.includes(name))).toEqual([]);
    // Optional, and of this machine: as the builds of sharp and others are.
    expect(names.filter((name) => name.startsWith('@napi-rs/nice-'))).not.toEqual([]);
  });

  it('serves the table to another library, and says that it does', async () => {
    const server = await serve(production, 'server.js');
    try {
      const ids = await readForeign(join(project, 'proto'), 'Book', server.address);
      expect(ids).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
      const health = ['node_modules/.bin/grpc-stream-health', server.address];
      const { stderr } = await promisify(execFile)(process.execPath, health, { cwd: production });
      expect(stderr).toBe(`${server.address} is SERVING\n`);
    } finally {
      await server.kill();
    }
  });

  it('has the live page, and is one package for `import` and `require`', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { StreamError } from '@grpc-stream/runtime';
      import { startMetricsServer } from '@grpc-stream/runtime/server';
      const register = { contentType: 'text/plain', metrics: async () => '' };
      const server = await startMetricsServer({ register, port: 0 });
      const page = await fetch(server.url + '/');
      await server.stop();
      const same = createRequire(import.meta.url)('@grpc-stream/runtime').StreamError === StreamError;
      console.log(JSON.stringify([page.status, page.headers.get('content-type'), same]));`;
    const printed = await runNode(production, ['--input-type=module', '-e', script]);
    expect(JSON.parse(printed)).toEqual([200, 'text/html; charset=utf-8', true]);
  });

  it('has types that need none of the optional packages, also where every declaration is checked', async () => {
    const entries = ['', '/client', '/server', '/testing', '/config'].map((entry) => `@grpc-stream/runtime${entry}`);
    await writeFile(
      join(production, 'every-entry.ts'),
      entries.map((entry, index) => `import * as entry${index} from '${entry}';\nvoid entry${index};\n`).join(''),
    );
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--types', 'node'];
    const modules = ['--module', 'nodenext', '--target', 'es2023'];
    await runNode(production, [tsc, '--noEmit', ...modules, ...strict, 'every-entry.ts']);
  });
});
