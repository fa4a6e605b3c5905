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
  ['npm where a lock file is above its own repository', { 'yarn.lock': '', 'apps/.git/HEAD': '' }, 'npm'],
])('a project is installed with %s', async (_, files, expected) => {
  const folder = await temporaryFolder(files);
  expect(packageManagerOf(join(folder, 'apps/a')).name).toBe(expected);
});
