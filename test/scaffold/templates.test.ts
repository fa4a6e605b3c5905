import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scaffoldProviders } from '../../src/scaffold/index.js';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';

describe.each(scaffoldProviders)('a project on %s', (provider) => {
  test('generates, type-checks in every file, and passes its own tests, untouched', async () => {
    const folder = await linkedProject(provider);
    await runNode(folder, [cli, 'generate', '--quiet']);
    await runNode(folder, [tsc, '--noEmit']);
    expect(await runNode(folder, ['--import', 'tsx', '--test', ...(await testFilesOf(folder))])).toContain('# pass 2');
  });
});

async function testFilesOf(folder: string): Promise<string[]> {
  return (await readdir(join(folder, 'test'))).map((name) => join('test', name));
}
