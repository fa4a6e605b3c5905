import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, UsageError } from '../../src/errors/index.js';
import { type ProjectPlan, planProject, scaffoldProviders } from '../../src/scaffold/index.js';
import { filesIn, packageRoot, temporaryFolder } from '../support/temporary-folder.js';

const adapters = {
  sqlite: '@prisma/adapter-better-sqlite3',
  postgresql: '@prisma/adapter-pg',
  mysql: '@prisma/adapter-mariadb',
};

const isRoot = process.getuid?.() === 0;

function fileOf(plan: ProjectPlan, path: string) {
  return plan.files.find((file) => file.path === path);
}

function manifestOf(plan: ProjectPlan) {
  return JSON.parse(fileOf(plan, 'package.json')?.content ?? '');
}

describe('a new project', () => {
  test.each(scaffoldProviders)('has every file that %s needs', async (provider) => {
    const folder = join(await temporaryFolder(), 'library');
    const plan = await planProject({ folder, packageRoot, provider });
    expect(plan).toMatchObject({ kind: 'new', provider, folder });
    expect(plan.files.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'create .dockerignore',
      'create .env',
      'create .env.example',
      'create .gitignore',
      'create Dockerfile',
      'create README.md',
      'create buf.yaml',
      ...(provider === 'sqlite'
        ? []
        : ['create compose.yaml', 'create deploy/export-job.yaml', 'create deploy/kubernetes.yaml']),
      'create grpc-stream.config.ts',
      'create package.json',
      'create prisma.config.ts',
      'create prisma/schema.prisma',
      'create src/client.ts',
      'create src/grpc/database.ts',
      'create test/books.test.ts',
      'create tsconfig.json',
    ]);
    expect(fileOf(plan, 'prisma/schema.prisma')?.content).toContain(`provider = "${provider}"`);
    expect(fileOf(plan, 'src/grpc/database.ts')?.content).toContain(`from '${adapters[provider]}'`);
    expect(Object.keys(manifestOf(plan).dependencies)).toContain(adapters[provider]);
  });

  test('is on SQLite unless told otherwise', async () => {
    const plan = await planProject({ folder: await temporaryFolder(), packageRoot });
    expect(plan.provider).toBe('sqlite');
  });

  test('is only planned: nothing is written', async () => {
    const folder = await temporaryFolder();
    await planProject({ folder: join(folder, 'library'), packageRoot });
    expect(await filesIn(folder)).toEqual({});
  });

  test('is named after its folder, in the letters that npm allows', async () => {
    const folder = join(await temporaryFolder(), 'My Book_Shop!');
    expect(manifestOf(await planProject({ folder, packageRoot })).name).toBe('my-book_shop');
  });

  test.each(scaffoldProviders)('on %s depends on releases that this package is tested with', async (provider) => {
    const own = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    const { dependencies, devDependencies } = manifestOf(
      await planProject({ folder: await temporaryFolder(), packageRoot, provider }),
    );
    const { '@grpc-stream/runtime': link, ...others }: Record<string, string> = {
      ...dependencies,
      prisma: devDependencies.prisma,
    };
    expect(link).toBe(`file:${packageRoot}/dist/runtime-package`);
    expect(devDependencies['grpc-stream']).toBe(`file:${packageRoot}`);
    // A server in production needs no command line.
    expect(dependencies).not.toHaveProperty('prisma');
    expect(dependencies).not.toHaveProperty('grpc-stream');
    for (const [name, range] of Object.entries(others)) {
      const installed = JSON.parse(await readFile(join(packageRoot, 'node_modules', name, 'package.json'), 'utf8'));
      expect([name, satisfies(installed.version, range)]).toEqual([name, true]);
      const ours = { ...own.devDependencies, ...own.optionalDependencies, ...own.peerDependencies };
      expect(range).toBe(ours[name.startsWith('@prisma/') ? 'prisma' : name]);
    }
  });

  test('depends on the version of ours that made it when that was installed from the registry', async () => {
    const installed = join(await temporaryFolder(), 'node_modules/grpc-stream');
    await mkdir(installed, { recursive: true });
    for (const path of ['package.json', 'templates']) {
      await cp(join(packageRoot, path), join(installed, path), { recursive: true });
    }
    const plan = await planProject({ folder: await temporaryFolder(), packageRoot: installed });
    const { dependencies, devDependencies } = manifestOf(plan);
    expect(devDependencies['grpc-stream']).toMatch(/^\^\d+\.\d+\.\d+$/);
    expect(dependencies['@grpc-stream/runtime']).toBe(devDependencies['grpc-stream']);
    expect(plan.advice).toEqual([]);
  });
});

describe('a folder with files of its own', () => {
  const files = { 'README.md': '# Mine\n', '.env': 'DATABASE_URL="file:./precious.db"\n' };

  test('keeps them, and says so', async () => {
    const plan = await planProject({ folder: await temporaryFolder(files), packageRoot });
    expect(fileOf(plan, 'README.md')).toMatchObject({
      action: 'keep',
      detail: 'differs from ours; --force overwrites it',
    });
    expect(fileOf(plan, '.env')).toMatchObject({ action: 'keep', detail: 'never overwritten' });
  });

  test('has them overwritten when that is forced, but for .env', async () => {
    const plan = await planProject({ folder: await temporaryFolder(files), packageRoot, force: true });
    expect(fileOf(plan, 'README.md')?.action).toBe('overwrite');
    expect(fileOf(plan, '.env')?.action).toBe('keep');
  });

  test('has nothing to do for a file that is ours already', async () => {
    const ours =
      fileOf(await planProject({ folder: await temporaryFolder(), packageRoot }), 'Dockerfile')?.content ?? '';
    const plan = await planProject({ folder: await temporaryFolder({ Dockerfile: ours }), packageRoot });
    expect(fileOf(plan, 'Dockerfile')?.action).toBe('unchanged');
  });

  test('becomes ESM when its package.json is what npm init wrote', async () => {
    const manifest = {
      name: 'shop',
      scripts: { test: 'echo "Error: no test specified" && exit 1' },
      type: 'commonjs',
    };
    const folder = await temporaryFolder({ 'package.json': JSON.stringify(manifest, null, 2) });
    const plan = await planProject({ folder, packageRoot });
    expect(fileOf(plan, 'package.json')?.action).toBe('edit');
    expect(manifestOf(plan)).toMatchObject({
      name: 'shop',
      type: 'module',
      scripts: { test: expect.stringMatching(/^node/) },
    });
  });

  test.each([
    ['by choice', { 'package.json': '{ "name": "shop", "type": "commonjs" }' }],
    ['because it has code', { 'package.json': '{ "name": "shop" }', 'index.js': 'module.exports = {};' }],
    ['because it has packages', { 'package.json': '{ "name": "shop", "dependencies": { "express": "^5.0.0" } }' }],
  ])('stays CommonJS %s', async (_why, files) => {
    const plan = await planProject({ folder: await temporaryFolder(files), packageRoot });
    expect(manifestOf(plan).type).toBe(JSON.parse(files['package.json']).type);
    expect(plan.advice).toEqual([expect.stringContaining('it is a checkout')]);
  });
});

describe('what is in the way is found before the first write', () => {
  test('a package.json that is not JSON', async () => {
    const folder = await temporaryFolder({ 'package.json': '{ "name": ' });
    await expect(planProject({ folder, packageRoot })).rejects.toThrow(UsageError);
    await expect(planProject({ folder, packageRoot })).rejects.toThrow(`${folder}/package.json is not valid JSON`);
  });

  test('a package.json of the wrong shape', async () => {
    const folder = await temporaryFolder({ 'package.json': '{ "scripts": ["test"] }' });
    await expect(planProject({ folder, packageRoot })).rejects.toThrow(/is not a valid package.json: scripts: /);
  });

  test('our own folder', async () => {
    await expect(planProject({ folder: packageRoot, packageRoot })).rejects.toThrow(
      `${packageRoot} is grpc-stream itself`,
    );
  });

  test('a file where the project is to be', async () => {
    const folder = join(await temporaryFolder({ library: '' }), 'library');
    const planning = planProject({ folder, packageRoot });
    await expect(planning).rejects.toThrow(EnvironmentError);
    await expect(planning).rejects.toThrow(`${folder} is a file, and must be a folder`);
  });

  test('a file where one of its folders is to be', async () => {
    const folder = await temporaryFolder({ src: '' });
    await expect(planProject({ folder, packageRoot })).rejects.toThrow(`${folder}/src is a file`);
  });

  test('a folder where one of its files is to be', async () => {
    const folder = await temporaryFolder({ 'Dockerfile/x': '' });
    await expect(planProject({ folder, packageRoot })).rejects.toThrow(`${folder}/Dockerfile is a folder`);
  });

  // Permissions do not bind root; the files in the way above end on the same road.
  test.skipIf(isRoot)('a folder that cannot be written to', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o555);
    const planning = planProject({ folder: join(folder, 'library'), packageRoot });
    await expect(planning).rejects.toThrow(EnvironmentError);
    await expect(planning).rejects.toThrow(`${folder} cannot be written to`);
    await chmod(folder, 0o755);
  });
});
