import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { renderHtml } from '../../src/report/html/render-html.js';
import { exampleResult } from '../support/bench-result.js';
import { launchBrowser, openPage } from './support/browser.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const violations = z.array(z.looseObject({ id: z.string(), help: z.string(), nodes: z.array(z.unknown()) }));

/** The example with what a full run adds: scenarios, so that every part of the page is there. */
function fullResult() {
  const result = exampleResult();
  const cell = result.cells[0];
  if (!cell) throw new Error('the example has no cells');
  const cells = (['stream', 'legacy'] as const).flatMap((method) =>
    [10_000, 100_000].map((rows) => ({ ...cell, rows, load: { ...cell.load, method, rows } })),
  );
  const reads = [20, 100].map((readsPerSecond) => ({
    ...cell,
    load: { ...cell.load, rows: 100, readsPerSecond },
    samples: cell.samples.map((sample) => ({ ...sample, readsMs: [3, 2, 5, readsPerSecond] })),
  }));
  return {
    ...result,
    scenarios: [
      { name: 'memory', question: 'How much memory?', cells },
      { name: 'latency', question: 'How long does a short read take?', cells: reads },
    ],
  } as const;
}

const page = renderHtml(fullResult());
const views = [1280, 375].flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme })));

describe('the page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each(views)('asks nobody for anything and complains of nothing: $width px, $theme', async (view) => {
    const { page: open, complaints } = await openPage(browser, page, view);
    expect(complaints).toEqual([]);
    await open.close();
  });

  it.each(views)('has no fault that axe can find: $width px, $theme', async (view) => {
    const { page: open } = await openPage(browser, page, view);
    await open.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
    await open.evaluate(axeSource);
    const found = violations.parse(await open.evaluate('axe.run().then(({ violations }) => violations)'));
    expect(found.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.length})`)).toEqual([]);
    await open.close();
  });

  it.each([320, 375, 768, 1280])('fits a window of %i px without scrolling sideways', async (width) => {
    const { page: open } = await openPage(browser, page, { width, theme: 'light' });
    await open.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
    expect(await open.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await open.close();
  });

  it('is read with the keyboard: links, tables that scroll and what opens are reached by Tab', async () => {
    const { page: open } = await openPage(browser, page, { width: 375, theme: 'light' });
    const reached = new Set<unknown>();
    for (let presses = 0; presses < 60; presses++) {
      await open.keyboard.press('Tab');
      reached.add(await open.evaluate('document.activeElement.tagName + "." + document.activeElement.className'));
    }
    expect([...reached]).toEqual(expect.arrayContaining(['A.', 'SUMMARY.', 'DIV.scroll']));
    await open.close();
  });

  it('has another background in the dark than in the light', async () => {
    const colors = [];
    for (const theme of ['light', 'dark'] as const) {
      const { page: open } = await openPage(browser, page, { width: 375, theme });
      colors.push(await open.evaluate('getComputedStyle(document.body).backgroundColor'));
      await open.close();
    }
    expect(new Set(colors).size).toBe(2);
  });
});

describe('renderHtml', () => {
  it('draws the distribution of single reads of all rounds together', () => {
    const text = page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('20 reads/s: half within 3.00 ms, 99% within 20.0 ms.');
    expect(text).toContain('100 reads/s: half within 3.00 ms, 99% within 100 ms.');
  });

  it('gives every chart a text and its figures as a table', () => {
    const charts = page.match(/<svg role="img" aria-labelledby="[\w-]+"[^>]*><title/g) ?? [];
    const figures = page.match(/<figure class="card">/g) ?? [];
    expect(charts.length).toBeGreaterThanOrEqual(9);
    expect(figures).toHaveLength(charts.length);
    expect(page.match(/<summary>The figures<\/summary>/g)).toHaveLength(charts.length);
  });

  it('has no id twice', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('holds no script and names no other address', () => {
    expect(page).not.toMatch(/<script|\son\w+=/i);
    expect(page.match(/https?:\/\/[^"'\s<)]+/g) ?? []).toEqual([]);
  });

  it('shows what others named as text, whatever they named it', () => {
    const result = exampleResult();
    const hostile = '<img src=x onerror="alert(1)">';
    const table = { ...result.table, model: hostile };
    const environment = { ...result.environment, cpu: `"'>${hostile}` };
    const shown = renderHtml({ ...result, table, environment });
    expect(shown).not.toContain('<img');
    expect(shown).toContain('&lt;img src=x');
  });

  it('is the same text for the same result', () => {
    expect(renderHtml(fullResult())).toBe(page);
  });

  it('has a page for scenarios alone, without the sweep', () => {
    const alone = renderHtml({ ...fullResult(), cells: [], cancellations: [], guidance: [] });
    expect(alone).toContain('id="scenarios"');
    expect(alone).not.toContain('id="throughput"');
  });

  it('leaves out what was not measured, and does not fail', () => {
    const result = exampleResult();
    const cells = result.cells.map((cell) => ({
      ...cell,
      serverPeakRssMb: null,
      serverCpuMicrosPerRow: null,
      times: null,
    }));
    const outside = renderHtml({ ...result, cells, cancellations: [], guidance: [], warnings: [] });
    expect(outside).not.toContain('NaN');
    expect(outside).not.toContain('>null<');
    expect(outside).not.toContain('id="cancellation"');
    expect(outside).not.toContain('Where the server’s time went');
    expect(outside).not.toContain('Settings worth choosing');
  });
});
