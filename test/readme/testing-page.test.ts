import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';
import { packageRoot } from '../support/temporary-folder.js';

const page = readFileSync(join(packageRoot, 'docs/testing.md'), 'utf8');

/** The examples are whole files: they are compiled and run as a reader would. */
it('the page on testing has examples that compile, and pass', async () => {
  const examples = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const project = await linkedProject('sqlite');
  const files = examples.map((_, index) => `test/page-${index}.test.ts`);
  await Promise.all(files.map((file, index) => writeFile(join(project, file), examples[index] ?? '')));
  await runNode(project, [cli, 'generate']);
  await runNode(project, [tsc, '--noEmit', '-p', '.']);
  const output = await runNode(project, ['--import', 'tsx', '--test', '--test-reporter', 'tap', ...files]);
  expect(output).toMatch(/^# pass 3$/m);
  expect(output).toMatch(/^# fail 0$/m);
});
