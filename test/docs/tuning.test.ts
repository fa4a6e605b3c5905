import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';
import { packageRoot } from '../support/temporary-folder.js';
import { figureFiles, keptFile, keptResults, pages } from './tuning-pages.js';

describe('a page with figures', () => {
  it.each(pages)('is what `npm run docs:tuning` makes of the kept result: $file', async ({ file, render }) => {
    const text = readFileSync(file, 'utf8');
    expect(text).toBe(render(await keptResults(), text));
  });

  it('has the figures that `npm run docs:tuning` draws of the kept result', async () => {
    const figures = figureFiles(await keptResults());
    expect(figures.length).toBeGreaterThan(1);
    for (const { file, svg } of figures) expect(readFileSync(file, 'utf8'), file).toBe(svg);
  });

  it('names the machine and the settings beside every table of figures', async () => {
    const guide = readFileSync(pages[0]?.file ?? '', 'utf8');
    const { demo } = await keptResults();
    const sections = guide.split(/^## /m).filter((section) => section.includes('| --- | ---:'));
    expect(sections.length).toBeGreaterThan(2);
    for (const section of sections) expect(section).toContain(demo.environment.cpu);
  });

  it('comes from a result of this version', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    for (const { environment } of Object.values(await keptResults())) {
      expect(environment.packages['grpc-stream']).toBe(version);
    }
  });

  it('has a section and figures of PostgreSQL where there is a result of it', async () => {
    const { demo } = await keptResults();
    const database = { provider: 'postgresql', version: '18.4' };
    const results = { demo, postgresql: { ...demo, environment: { ...demo.environment, database } } };
    const files = figureFiles(results).map(({ file }) => basename(file));
    expect(files).toEqual(expect.arrayContaining(['rate.svg', 'rate-postgresql.svg']));
    const page = pages[0]?.render(results, '') ?? '';
    expect(page).toContain('\n## On PostgreSQL\n');
    expect(page).toContain('(figures/rate-postgresql.svg)');
    expect(basename(keptFile(results.postgresql))).toBe('bench-result-postgresql.json');
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
