import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EnvironmentError } from '../../src/errors/index.js';
import { type PlannedFile, type ProjectPlan, planProject, writeProject } from '../../src/scaffold/index.js';
import { filesIn, packageRoot, temporaryFolder } from '../support/temporary-folder.js';

function planOf(folder: string, files: readonly PlannedFile[]): ProjectPlan {
  return { folder, kind: 'new', provider: 'sqlite', files, found: [], advice: [] };
}

test('writes what was planned, and nothing else', async () => {
  const folder = join(await temporaryFolder(), 'a/b');
  const plan = await planProject({ folder, packageRoot });
  await writeProject(plan);
  expect(await filesIn(folder)).toEqual(Object.fromEntries(plan.files.map(({ path, content }) => [path, content])));
});

test('touches no file that is kept or unchanged', async () => {
  const folder = await temporaryFolder({ kept: 'mine', same: 'same' });
  await writeProject(
    planOf(folder, [
      { path: 'kept', action: 'keep', content: 'ours' },
      { path: 'same', action: 'unchanged', content: 'other' },
      { path: 'new', action: 'create', content: 'ours' },
    ]),
  );
  expect(await filesIn(folder)).toEqual({ kept: 'mine', same: 'same', new: 'ours' });
});

test('leaves the folder as it was when a file cannot be written', async () => {
  const folder = await temporaryFolder({ src: 'a file', 'README.md': 'mine' });
  const plan = planOf(folder, [
    { path: 'README.md', action: 'overwrite', content: 'ours' },
    { path: 'deep/er/file', action: 'create', content: 'ours' },
    { path: 'src/client.ts', action: 'create', content: 'ours' },
  ]);
  await expect(writeProject(plan)).rejects.toThrow(EnvironmentError);
  expect(await filesIn(folder)).toEqual({ src: 'a file', 'README.md': 'mine' });
});

test.skipIf(!existsSync('/proc/self'))('refuses a folder that can hold no other, and says so', async () => {
  const plan = planOf('/proc/library', [{ path: 'src/client.ts', action: 'create', content: 'ours' }]);
  await expect(writeProject(plan)).rejects.toThrow('/proc/library/src/client.ts cannot be written: ENOENT');
});

test('leaves the folder as it was when it is interrupted', async () => {
  const folder = await temporaryFolder({ 'README.md': 'mine' });
  const plan = planOf(folder, [{ path: 'README.md', action: 'overwrite', content: 'ours' }]);
  await expect(writeProject(plan, { signal: AbortSignal.abort() })).rejects.toThrow('abort');
  expect(await filesIn(folder)).toEqual({ 'README.md': 'mine' });
});
