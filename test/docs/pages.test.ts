import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSourceTree } from '../architecture/source-tree.js';
import { packageRoot } from '../support/temporary-folder.js';
import { ERRORS_PAGE, errorsPage } from './errors-page.js';
import { anchorsOf, documentationPages, proseOf } from './pages.js';

const pages = documentationPages();

describe('the documentation', () => {
  it.each(pages)('links to files and headings that exist: $path', (page) => {
    const links = [...page.text.matchAll(/(?:\]\(|src(?:set)?=")(?![a-z]+:)([^)"#\s]*)(?:#([^)"\s]+))?/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? page.path : normalize(join(dirname(page.path), path));
      if (!existsSync(join(packageRoot, target))) return true;
      const linked = pages.find((one) => one.path === target);
      return anchor !== undefined && linked !== undefined && !anchorsOf(linked).has(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('has README on two screens, with a link to every page', () => {
    const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
    expect(readme.split('\n').length).toBeLessThan(120);
    const missing = pages.filter(({ path }) => path !== 'README.md' && !readme.includes(`](${path})`));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  it.each(pages)('opens with a sentence or a command, not with a list of contents: $path', ({ text }) => {
    expect(text).toMatch(/^# .+\n\n(?:grpc-stream |[A-Z`]|```sh\n)/);
  });

  it('says of errors and exit codes what `npm run docs:reference` makes of the source', () => {
    const page = readFileSync(ERRORS_PAGE, 'utf8');
    expect(page).toBe(errorsPage(page));
  });

  it.each(pages)('has no sentence whose subject is a question: $path', (page) => {
    expect(riddles(proseOf(page))).toEqual([]);
  });
});

describe('the texts of the commands', () => {
  it.each(
    readSourceTree('src/cli', 'src/bench', 'src/report', 'src/config'),
  )('have no sentence whose subject is a question: $path', ({ text }) => {
    const code = text.replace(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const texts = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(([, a, b]) => a ?? b ?? '');
    expect(
      texts
        .filter((one) => one.includes(' '))
        .map((one) => one.replace(/\$\{[^}]*\}/g, ''))
        .flatMap(riddles),
    ).toEqual([]);
  });
});

/** Sentences such as `What is refused is an error`: the reader has to turn them round. A question may begin so. */
function riddles(prose: string): string[] {
  const sentences = prose
    .replace(/^(?:#|\|).*$/gm, '')
    .replace(/\s+/g, ' ')
    .split(/(?<=[.!?]) /);
  return sentences.filter(
    (sentence) => /^\W*(?:What|Whoever|Whatever|Who)\b/i.test(sentence) && !sentence.endsWith('?'),
  );
}
