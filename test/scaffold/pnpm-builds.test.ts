import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { planProject } from '../../src/scaffold/index.js';
import { packageRoot, temporaryFolder } from '../support/temporary-folder.js';

const decisions = {
  '@prisma/engines': false,
  'better-sqlite3': true,
  esbuild: false,
  prisma: false,
  protobufjs: false,
};

async function planned(files: Readonly<Record<string, string>>, app = '.') {
  const folder = join(await temporaryFolder(files), app);
  const { files: all } = await planProject({ folder, packageRoot });
  return all.find(({ path }) => path.endsWith('pnpm-workspace.yaml'));
}

test('a project of pnpm decides on the scripts of the packages that it gets', async () => {
  const file = await planned({ 'pnpm-lock.yaml': '' });
  expect(file).toMatchObject({ path: 'pnpm-workspace.yaml', action: 'create' });
  expect(parse(file?.content ?? '')).toEqual({ allowBuilds: decisions });
});

test('a workspace of pnpm keeps what it has decided, and all else', async () => {
  const root = "packages: ['apps/*'] # all of them\nallowBuilds:\n    esbuild: true\n    sharp: true\n";
  const file = await planned(
    { '.git/HEAD': '', 'pnpm-workspace.yaml': root, 'apps/api/package.json': '{}' },
    'apps/api',
  );
  expect(file).toMatchObject({ path: '../../pnpm-workspace.yaml', action: 'edit' });
  expect(parse(file?.content ?? '')).toEqual({
    packages: ['apps/*'],
    allowBuilds: { ...decisions, esbuild: true, sharp: true },
  });
  expect(file?.content).toContain('# all of them');
});

test('a file without decisions gets them at its end, and needs nothing more then', async () => {
  const first = await planned({ 'pnpm-workspace.yaml': 'packages:\n  - apps/*' });
  expect(parse(first?.content ?? '')).toEqual({ packages: ['apps/*'], allowBuilds: decisions });
  const second = await planned({ 'pnpm-workspace.yaml': first?.content ?? '' });
  expect(second?.action).toBe('unchanged');
});

test('a project of npm has no file of pnpm', async () => {
  expect(await planned({ 'package-lock.json': '{}' })).toBeUndefined();
});

test.each(['packages: [apps', 'allowBuilds: 7'])('a file that pnpm does not read is refused: %s', async (yaml) => {
  await expect(planned({ 'pnpm-workspace.yaml': yaml })).rejects.toThrow('is not what pnpm reads');
});
