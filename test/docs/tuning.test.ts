import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readResult } from '../../src/bench/index.js';
import { replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';
import { figureFiles, pages, RESULT } from './tuning-pages.js';

describe('a page with figures', () => {
  it.each(pages)('is what `npm run docs:tuning` makes of the kept result: $file', async ({ file, render }) => {
    const text = readFileSync(file, 'utf8');
    expect(text).toBe(render(await readResult(RESULT), text));
  });

  it('has the figures that `npm run docs:tuning` draws of the kept result', async () => {
    const figures = figureFiles(await readResult(RESULT));
    expect(figures.length).toBeGreaterThan(1);
    for (const { file, svg } of figures) expect(readFileSync(file, 'utf8'), file).toBe(svg);
  });

  it('names the machine and the settings beside every table of figures', async () => {
    const guide = readFileSync(pages[0]?.file ?? '', 'utf8');
    const { environment } = await readResult(RESULT);
    const sections = guide.split(/^## /m).filter((section) => section.includes('| --- | ---:'));
    expect(sections.length).toBeGreaterThan(2);
    for (const section of sections) expect(section).toContain(environment.cpu);
  });
});

describe('replaceBetweenMarkers', () => {
  it('leaves what is around the markers, and the markers', () => {
    const page = 'a\n<!-- bench:x -->old<!-- /bench:x -->\nb';
    const made = replaceBetweenMarkers(page, 'bench:x', 'new');
    expect(made).toBe('a\n<!-- bench:x -->\n\nnew\n\n<!-- /bench:x -->\nb');
    expect(replaceBetweenMarkers(made, 'bench:x', 'new')).toBe(made);
  });

  it.each(['', '<!-- bench:x -->', '<!-- /bench:x --><!-- bench:x -->'])('refuses a page without them: %j', (page) => {
    expect(() => replaceBetweenMarkers(page, 'bench:x', 'new')).toThrow('has no <!-- bench:x -->');
  });
});
