import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageManagerOf } from '../../src/scaffold/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test.each([
  ['npm where nothing tells', {}, 'npm'],
  ['the one whose lock file is there', { 'apps/a/bun.lock': '' }, 'bun'],
  ["the monorepo's, above it", { '.git/HEAD': '', 'pnpm-lock.yaml': '' }, 'pnpm'],
  ['its own before the monorepo', { '.git/HEAD': '', 'yarn.lock': '', 'apps/a/package-lock.json': '' }, 'npm'],
  ['npm where a lock file above it is of no repository', { 'yarn.lock': '' }, 'npm'],
  ['pnpm, which reads the file of a workspace', { 'apps/a/pnpm-workspace.yaml': '' }, 'pnpm'],
  ['npm where a lock file is above its own repository', { 'yarn.lock': '', 'apps/.git/HEAD': '' }, 'npm'],
])('a project is installed with %s', async (_, files, expected) => {
  const folder = await temporaryFolder(files);
  expect(packageManagerOf(join(folder, 'apps/a'), undefined).name).toBe(expected);
});

test('a project where nothing tells is installed with the package manager that runs init', async () => {
  const folder = await temporaryFolder();
  expect(packageManagerOf(folder, 'pnpm/10.1.0 npm/? node/v22.0.0 linux x64').name).toBe('pnpm');
  expect(packageManagerOf(folder, 'some/1.0').name).toBe('npm');
});
