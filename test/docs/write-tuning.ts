/**
 * Writes the tuning guide and the README's tables from a saved result: `npm run docs:tuning -- [RESULT.json]`. A result
 * that is named takes the place of the one that is kept, so that the pages can be made again.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { readResult } from '../../src/bench/index.js';
import { pages, RESULT } from './tuning-pages.js';

const [given] = process.argv.slice(2);
if (given !== undefined) {
  await readResult(given);
  await copyFile(given, RESULT);
}
const result = await readResult(RESULT);
for (const { file, render } of pages) {
  const before = await readFile(file, 'utf8').catch(() => '');
  const after = render(result, before);
  if (after !== before) await writeFile(file, after);
  process.stdout.write(`${after === before ? 'as it was' : 'written'}: ${file}\n`);
}
