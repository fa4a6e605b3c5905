/**
 * Writes all that is made from saved results, the tuning guide, the summary in README and the figures: `npm run docs:tuning -- [RESULT.json...]`. A
 * result that is named takes the place of the one that is kept of its database, so that the pages can be made again.
 */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readResult } from '../../src/bench/index.js';
import { FIGURES, figureFiles, keptFile, keptResults, pages } from './tuning-pages.js';

for (const given of process.argv.slice(2)) await copyFile(given, keptFile(await readResult(given)));
const results = await keptResults();
const figures = figureFiles(results);
await mkdir(FIGURES, { recursive: true });
for (const name of await readdir(FIGURES)) {
  const isMade = figures.some(({ file }) => file === join(FIGURES, name));
  if (name.endsWith('.svg') && !isMade) await rm(join(FIGURES, name));
}
for (const { file, svg } of figures) await write(file, svg);
for (const { file, render } of pages) await write(file, render(results, await readFile(file, 'utf8').catch(() => '')));

async function write(file: string, after: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  if (after !== before) await writeFile(file, after);
  process.stdout.write(`${after === before ? 'as it was' : 'written'}: ${file}\n`);
}
